import { Button, Group, Modal, Text } from "@mantine/core";
import { useState } from "react";

import { words } from "@/strings";
import { Failure } from "@/ui/Failure";
import { Once } from "@/ui/Once";

import { useRenewSecret } from "./queries";

const said = words.settings.secret;

/** A new secret in place of the old, after a word of what that means; told this once. */
export function WebhookSecret() {
  const [opened, setOpened] = useState(false);
  const renew = useRenewSecret();
  const close = () => {
    setOpened(false);
    renew.reset();
  };
  return (
    <>
      <Button variant="default" size="compact-sm" ml="xs" onClick={() => setOpened(true)}>
        {said.renew}
      </Button>
      <Modal
        opened={opened}
        onClose={close}
        // It is told this once: a slip of the hand does not take it away.
        closeOnClickOutside={!renew.isPending && !renew.data}
        title={renew.data ? said.done : said.title}
        closeButtonProps={{ "aria-label": words.common.close }}
      >
        {renew.data ? (
          <>
            <Once text={renew.data} note={said.once} />
            <Group justify="flex-end" mt="md">
              <Button onClick={close}>{words.common.close}</Button>
            </Group>
          </>
        ) : (
          <>
            <Text size="sm">{said.text}</Text>
            {renew.isError ? <Failure error={renew.error} /> : null}
            <Group justify="flex-end" mt="md">
              <Button variant="default" onClick={close}>
                {words.common.cancel}
              </Button>
              <Button loading={renew.isPending} onClick={() => renew.mutate()}>
                {said.renew}
              </Button>
            </Group>
          </>
        )}
      </Modal>
    </>
  );
}
