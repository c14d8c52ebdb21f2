/** Takes what an endpoint said out of use from some moment on: counted before it is done. */
import { Button, Group, Modal, Stack, Text, TextInput } from "@mantine/core";
import { useDebouncedValue } from "@mantine/hooks";
import { useState } from "react";

import { words } from "@/strings";
import { Failure } from "@/ui/Failure";

import type { Endpoint } from "./model";
import { asLocal, sinceIn, usualSince } from "./trusting";
import { useTrust, useTrusted } from "./useTrust";
import styles from "./DistrustDialog.module.css";

const said = words.endpoints.distrust;
/** After which what is typed is counted. */
const REST_MS = 300;

export function DistrustDialog({ endpoint, close }: { endpoint: Endpoint; close: () => void }) {
  const { name } = endpoint;
  const [text, setText] = useState(() => asLocal(usualSince(endpoint)));
  const [typed] = useDebouncedValue(text, REST_MS);
  const since = sinceIn(typed);
  const at = since.is === "usable" ? since.at : null;
  const counted = useTrusted(name, at);
  const act = useTrust(name);
  // What was counted is of what is in the field, and of nothing older.
  const found = typed === text ? counted.data : undefined;
  const used = found?.used ?? 0;
  return (
    <Modal
      opened
      onClose={close}
      title={said.title(name)}
      closeButtonProps={{ "aria-label": words.common.close }}
    >
      <Stack gap="sm">
        <Text size="sm">{said.text}</Text>
        <TextInput
          type="datetime-local"
          label={said.since}
          value={text}
          max={asLocal()}
          error={since.is === "future" ? said.future : since.is === "missing" ? said.missing : null}
          onChange={({ currentTarget }) => setText(currentTarget.value)}
        />
        <div className={styles.found} role="status">
          {counted.isError ? (
            <Failure error={counted.error} retry={() => void counted.refetch()} />
          ) : found ? (
            <>
              <p>{said.count(found.used)}</p>
              {found.distrusted && at !== null ? (
                <p>
                  {said.already(found.distrusted)}{" "}
                  <Button
                    size="compact-xs"
                    variant="default"
                    disabled={act.isPending}
                    onClick={() => act.mutate({ do: "trust", since: at, at: null })}
                  >
                    {said.again}
                  </Button>
                </p>
              ) : null}
            </>
          ) : at === null ? null : (
            <p>{said.counting}</p>
          )}
        </div>
        <Group justify="flex-end">
          <Button variant="default" onClick={close}>
            {words.common.cancel}
          </Button>
          <Button
            color="red"
            disabled={!used || at === null}
            loading={act.isPending}
            onClick={() =>
              at !== null && act.mutate({ do: "distrust", since: at }, { onSuccess: close })
            }
          >
            {used ? said.confirm(used) : said.nothing}
          </Button>
        </Group>
      </Stack>
    </Modal>
  );
}
