import { Button, Group, Modal, Text } from "@mantine/core";

import { words } from "@/strings";

import { useRemove } from "./queries";

const said = words.endpoints.removeDialog;

export function RemoveDialog({ name, close }: { name: string; close: () => void }) {
  const remove = useRemove(name);
  return (
    <Modal
      opened
      onClose={close}
      title={said.title(name)}
      closeButtonProps={{ "aria-label": words.common.close }}
    >
      <Text size="sm">{said.text}</Text>
      <Group justify="flex-end" mt="md">
        <Button variant="default" onClick={close}>
          {words.common.cancel}
        </Button>
        <Button
          color="red"
          loading={remove.isPending}
          onClick={() => remove.mutate(undefined, { onSuccess: close })}
        >
          {words.common.remove}
        </Button>
      </Group>
    </Modal>
  );
}
