import { Alert, Button, Group, Modal, Stack, TextInput } from "@mantine/core";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { useState } from "react";

import { api } from "@/api/client";
import { keys } from "@/api/keys";
import { words } from "@/strings";
import { done } from "@/ui/toast";

const said = words.library.path;
const CREATED = 201;

/** Adds one file, or one set of pictures, that lies on the server's own disk. */
export default function PathDialog({ close }: { close: () => void }) {
  const queries = useQueryClient();
  const navigate = useNavigate();
  const [path, setPath] = useState("");
  const add = useMutation({
    mutationFn: async () => {
      const { data, response } = await api.POST("/api/v1/media", { body: { path: path.trim() } });
      return { media: data, fresh: response.status === CREATED };
    },
    onSuccess: ({ media, fresh }) => {
      void queries.invalidateQueries({ queryKey: keys.media });
      if (!media) return;
      const open = () => void navigate({ to: "/media/$id", params: { id: media.id } });
      done(fresh ? said.added(media.title) : said.known(media.title), {
        label: said.open,
        run: open,
      });
      close();
    },
  });
  return (
    <Modal
      opened
      onClose={close}
      title={said.title}
      closeButtonProps={{ "aria-label": words.common.close }}
    >
      <form
        onSubmit={(event) => {
          event.preventDefault();
          if (path.trim()) add.mutate();
        }}
      >
        <Stack gap="sm">
          <TextInput
            data-autofocus
            label={said.label}
            description={said.hint}
            placeholder={said.example}
            spellCheck={false}
            autoComplete="off"
            value={path}
            onChange={(event) => setPath(event.currentTarget.value)}
          />
          {add.error ? (
            <Alert color="red" variant="light" role="alert">
              {add.error.message}
            </Alert>
          ) : null}
          <Group justify="flex-end" gap="xs">
            <Button variant="default" onClick={close}>
              {words.common.cancel}
            </Button>
            <Button type="submit" disabled={!path.trim()} loading={add.isPending}>
              {said.go}
            </Button>
          </Group>
        </Stack>
      </form>
    </Modal>
  );
}
