import { Alert, Button, Group, Text } from "@mantine/core";

import { Unreachable } from "@/api/client";
import { words } from "@/strings";

/** What went wrong, in the server's own words, and the way to try again. */
export function Failure(props: { error: Error; retry?: () => void; title?: string }) {
  const away = props.error instanceof Unreachable;
  return (
    <Alert
      color="red"
      variant="light"
      role="alert"
      title={props.title ?? words.common.failed}
      m="md"
      maw={720}
    >
      <Group justify="space-between" align="flex-end" gap="sm">
        <Text size="sm" style={{ whiteSpace: "pre-line", flex: "1 1 18rem" }}>
          {away ? words.common.unreachable : props.error.message}
        </Text>
        {props.retry ? (
          <Button size="xs" variant="default" onClick={props.retry}>
            {words.common.retry}
          </Button>
        ) : null}
      </Group>
    </Alert>
  );
}
