import { Button, FileButton, Group, Modal, Stack, Text, Tooltip } from "@mantine/core";
import { IconFileImport } from "@tabler/icons-react";
import { useState } from "react";

import { words } from "@/strings";
import { Failure } from "@/ui/Failure";
import { done } from "@/ui/toast";

import { nameOfFile } from "./model";
import { useImport } from "./queries";

const said = words.tagsets;

/** Takes a tag set from a file, under the file's name; asks before it replaces another. */
export function TakeIn(props: {
  taken: readonly string[];
  disabled: boolean;
  takenIn: (name: string) => void;
}) {
  const take = useImport();
  const [file, setFile] = useState<File | null>(null);
  const name = nameOfFile(file?.name ?? "");
  const close = () => {
    setFile(null);
    take.reset();
  };
  const send = (from: File) => {
    take.mutate(
      { name: nameOfFile(from.name), file: from },
      {
        onSuccess: (set) => {
          done(said.imported(set.name, said.tags(set.set.tags.length)));
          props.takenIn(set.name);
          close();
        },
      },
    );
  };
  const opened = file !== null && (props.taken.includes(name) || take.isError);
  return (
    <>
      <FileButton
        accept=".toml,.json,.csv,.txt"
        disabled={props.disabled}
        onChange={(picked) => {
          setFile(picked);
          if (picked && !props.taken.includes(nameOfFile(picked.name))) send(picked);
        }}
      >
        {(button) => (
          <Tooltip label={said.importHint}>
            <Button
              {...button}
              size="sm"
              variant="default"
              disabled={props.disabled}
              loading={take.isPending}
              leftSection={<IconFileImport size={16} aria-hidden />}
            >
              {said.importFile}
            </Button>
          </Tooltip>
        )}
      </FileButton>
      <Modal
        opened={opened}
        onClose={close}
        title={take.isError ? said.importFile : said.replace.title(name)}
        closeButtonProps={{ "aria-label": words.common.close }}
      >
        <Stack gap="sm">
          {take.isError ? (
            <Failure error={take.error} />
          ) : (
            <Text size="sm">{said.replace.text(file?.name ?? "")}</Text>
          )}
          <Group justify="flex-end">
            <Button variant="default" onClick={close}>
              {take.isError ? words.common.close : words.common.cancel}
            </Button>
            {take.isError ? null : (
              <Button loading={take.isPending} onClick={() => file && send(file)}>
                {said.replace.go}
              </Button>
            )}
          </Group>
        </Stack>
      </Modal>
    </>
  );
}
