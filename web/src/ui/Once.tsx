import { Button, Code, Group, Text } from "@mantine/core";
import { IconCheck, IconCopy } from "@tabler/icons-react";

import { words } from "@/strings";

import { useCopy } from "./useCopy";

/** A secret that is shown this once, to be copied. */
export function Once({ text, note }: { text: string; note: string }) {
  const { copied, copy } = useCopy();
  return (
    <>
      <Group gap="xs" wrap="nowrap">
        <Code fz="sm" style={{ overflowWrap: "anywhere", flex: 1 }}>
          {text}
        </Code>
        <Button
          size="compact-sm"
          variant="default"
          leftSection={
            copied ? <IconCheck size={14} aria-hidden /> : <IconCopy size={14} aria-hidden />
          }
          onClick={() => void copy(text)}
        >
          {copied ? words.common.copied : words.common.copy}
        </Button>
      </Group>
      <Text size="sm" c="var(--warn)" mt="xs">
        {note}
      </Text>
    </>
  );
}
