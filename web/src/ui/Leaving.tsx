import { Button, Group, Modal, Text } from "@mantine/core";
import { useBlocker } from "@tanstack/react-router";

import { words } from "@/strings";

const said = words.common.leaving;

/** Asks before what was not saved is lost. */
export function Leaving({ dirty }: { dirty: boolean }) {
  const { status, proceed, reset } = useBlocker({
    shouldBlockFn: () => dirty,
    enableBeforeUnload: () => dirty,
    withResolver: true,
  });
  return (
    <Modal
      opened={status === "blocked"}
      onClose={() => reset?.()}
      title={said.title}
      closeButtonProps={{ "aria-label": words.common.close }}
    >
      <Text size="sm">{said.text}</Text>
      <Group justify="flex-end" mt="md">
        <Button variant="default" onClick={() => proceed?.()}>
          {said.leave}
        </Button>
        <Button onClick={() => reset?.()}>{said.stay}</Button>
      </Group>
    </Modal>
  );
}
