import { Button, Group, Modal, TextInput } from "@mantine/core";
import { useState } from "react";

import { words } from "@/strings";

const said = words.endpoints.pullDialog;

export function PullDialog(props: {
  name: string;
  begin: (model: string) => void;
  close: () => void;
}) {
  const [model, setModel] = useState("");
  const wanted = model.trim();
  return (
    <Modal
      opened
      onClose={props.close}
      title={said.title(props.name)}
      closeButtonProps={{ "aria-label": words.common.close }}
    >
      <form
        onSubmit={(event) => {
          event.preventDefault();
          props.begin(wanted);
          props.close();
        }}
      >
        <TextInput
          label={said.model}
          description={said.hint}
          value={model}
          onChange={(event) => setModel(event.currentTarget.value)}
          data-autofocus
        />
        <Group justify="flex-end" mt="md">
          <Button variant="default" onClick={props.close}>
            {words.common.cancel}
          </Button>
          <Button type="submit" disabled={!wanted}>
            {said.begin}
          </Button>
        </Group>
      </form>
    </Modal>
  );
}
