import { Button, Group, Modal, Radio, Stack, TextInput } from "@mantine/core";
import { useState } from "react";

import type { Schemas } from "@/api/client";
import { Once } from "@/ui/Once";
import { words } from "@/strings";
import { Failure } from "@/ui/Failure";

import { useMakeToken } from "./queries";

const said = words.system.tokens;

/** A day ends at its last second, on the reader's own clock. */
function endOf(day: string): string | null {
  return day ? new Date(`${day}T23:59:59`).toISOString() : null;
}

/** Makes a token and shows it this once. */
export function NewToken({ close }: { close: () => void }) {
  const make = useMakeToken();
  const [name, setName] = useState("");
  const [scope, setScope] = useState<Schemas["Scope"]>("read");
  const [day, setDay] = useState("");
  if (make.data) {
    return (
      <Modal
        opened
        onClose={close}
        closeOnClickOutside={false}
        title={said.madeTitle}
        closeButtonProps={{ "aria-label": words.common.close }}
      >
        <Once text={make.data.token} note={said.once} />
        <Group justify="flex-end" mt="md">
          <Button onClick={close}>{words.common.close}</Button>
        </Group>
      </Modal>
    );
  }
  return (
    <Modal
      opened
      onClose={close}
      title={said.make}
      closeButtonProps={{ "aria-label": words.common.close }}
    >
      <form
        onSubmit={(event) => {
          event.preventDefault();
          make.mutate({ name: name.trim(), scope, expires_at: endOf(day) });
        }}
      >
        <Stack gap="sm">
          {make.isError ? <Failure error={make.error} /> : null}
          <TextInput
            label={said.name}
            placeholder={said.namePlaceholder}
            value={name}
            maxLength={200}
            data-autofocus
            onChange={(event) => setName(event.currentTarget.value)}
          />
          <Radio.Group label={said.scope} value={scope} onChange={(value) => setScope(value)}>
            <Stack gap={6} mt={4}>
              {Object.entries(said.scopes).map(([value, label]) => (
                <Radio key={value} value={value} label={label} />
              ))}
            </Stack>
          </Radio.Group>
          <TextInput
            type="date"
            label={said.expires}
            description={said.expiresHint}
            value={day}
            maw={220}
            onChange={(event) => setDay(event.currentTarget.value)}
          />
          <Group justify="flex-end">
            <Button variant="default" onClick={close}>
              {words.common.cancel}
            </Button>
            <Button type="submit" loading={make.isPending} disabled={!name.trim()}>
              {said.make}
            </Button>
          </Group>
        </Stack>
      </form>
    </Modal>
  );
}
