import { Button, Group, Text } from "@mantine/core";

import { words } from "@/strings";

const say = words.runs.page;

/** Earlier and later parts of a list; nothing when there is but one. */
export function Pager(props: {
  offset: number;
  page: number;
  total: number;
  onOffset: (offset: number) => void;
}) {
  const { offset, page, total } = props;
  if (total <= page) return null;
  const end = Math.min(total, offset + page);
  return (
    <Group gap="sm" mt="xs">
      <Button
        size="compact-xs"
        variant="default"
        disabled={offset === 0}
        onClick={() => props.onOffset(Math.max(0, offset - page))}
      >
        {say.previous}
      </Button>
      <Text fz="sm" c="dimmed">
        {say.range(offset + 1, end, total)}
      </Text>
      <Button
        size="compact-xs"
        variant="default"
        disabled={end >= total}
        onClick={() => props.onOffset(offset + page)}
      >
        {say.next}
      </Button>
    </Group>
  );
}
