import { Autocomplete, Button, Group, Kbd, Modal, Stack, Text } from "@mantine/core";
import { useQueryClient } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { type ReactNode, Suspense, useState } from "react";

import { answer, api } from "@/api/client";
import { keys } from "@/api/keys";
import { later } from "@/api/parts";
import type { Draft } from "@/features/rundialog/draft";
import { bytes, count } from "@/lib/numbers";
import { moment, timecode } from "@/lib/time";
import { words } from "@/strings";
import { done, failed } from "@/ui/toast";

import { type Media, useKnownTags } from "./data";
import { useDesk } from "./desk";
import type { Dialog } from "./Header";
import styles from "./Media.module.css";

const RunDialog = later(() => import("@/features/rundialog/RunDialog"));
const said = words.media;
const over = { opened: true, closeButtonProps: { "aria-label": words.common.close } } as const;

/** What is open over the page, at most one. */
export function Dialogs(props: {
  open: Dialog | null;
  close: () => void;
  /** What a new run begins with. */
  draft: Draft | null;
  /** What a new tag would be said of. */
  stretch: [number, number];
  onAdded: () => void;
}) {
  const { media } = useDesk();
  const { open, close } = props;
  switch (open) {
    case null:
      return null;
    case "run":
      return (
        <Suspense fallback={null}>
          <RunDialog
            media={[media.id]}
            titles={[media.title]}
            close={close}
            {...(props.draft ? { draft: props.draft } : {})}
          />
        </Suspense>
      );
    case "add":
      return <AddTag stretch={props.stretch} onAdded={props.onAdded} close={close} />;
    case "keys":
      return <Keys close={close} />;
    case "file":
      return <File media={media} close={close} />;
    case "erase":
      return <Erase media={media} close={close} />;
  }
}

function AddTag(props: { stretch: [number, number]; onAdded: () => void; close: () => void }) {
  const { close } = props;
  const { document, edit } = useDesk();
  const known = useKnownTags(document);
  const [tag, setTag] = useState("");
  const [start, end] = props.stretch;
  return (
    <Modal {...over} onClose={close} title={said.add.title} size="sm">
      <form
        onSubmit={(event) => {
          event.preventDefault();
          const name = tag.trim();
          if (!name) return;
          close();
          props.onAdded();
          edit({ tag: name, start, end, present: true, replaces: null });
        }}
      >
        <Stack gap="sm">
          <Autocomplete
            data-autofocus
            label={said.add.tag}
            placeholder={said.add.placeholder}
            data={known}
            maxLength={400}
            limit={12}
            value={tag}
            onChange={setTag}
          />
          <Text size="sm">{said.add.from(start, end)}</Text>
          <Text size="xs" c="dimmed">
            {said.add.hint}
          </Text>
          <Group justify="flex-end" gap="xs">
            <Button variant="default" onClick={close}>
              {words.common.cancel}
            </Button>
            <Button type="submit" disabled={!tag.trim()}>
              {said.add.save}
            </Button>
          </Group>
        </Stack>
      </form>
    </Modal>
  );
}

function Keys({ close }: { close: () => void }) {
  return (
    <Modal {...over} onClose={close} title={said.keys.title} size="lg">
      <div className={styles.keys}>
        {said.keys.groups.map((group) => (
          <section key={group.name}>
            <h3>{group.name}</h3>
            <dl>
              {group.keys.map(([names, what]) => (
                <div key={names}>
                  <dt>
                    {names.split(" or ").map((name) => (
                      <Kbd key={name} size="xs">
                        {name}
                      </Kbd>
                    ))}
                  </dt>
                  <dd>{what}</dd>
                </div>
              ))}
            </dl>
          </section>
        ))}
      </div>
    </Modal>
  );
}

function File({ media, close }: { media: Media; close: () => void }) {
  const w = said.file;
  const facts: [string, ReactNode][] = [
    [
      w.paths,
      media.paths.length ? media.paths.map((path) => <div key={path}>{path}</div>) : w.nowhere,
    ],
    [w.codec, media.codec],
    [w.container, media.container],
    [w.picture, `${media.width} × ${media.height}`],
    [w.length, timecode(media.duration_s, 3)],
    [w.frames, count(media.frame_count)],
    [w.size, bytes(media.size_bytes)],
    ...(media.lost_s > 0 ? [[w.lost, timecode(media.lost_s)] as [string, ReactNode]] : []),
    ...(media.taken_at ? [[w.taken, moment(media.taken_at)] as [string, ReactNode]] : []),
    [w.added, moment(media.added_at)],
    [w.id, <code key="id">{media.id}</code>],
  ];
  return (
    <Modal {...over} onClose={close} title={w.title} size="lg">
      <dl className={styles.facts}>
        {facts.map(([name, value]) => (
          <div key={name}>
            <dt>{name}</dt>
            <dd>{value}</dd>
          </div>
        ))}
      </dl>
    </Modal>
  );
}

function Erase({ media, close }: { media: Media; close: () => void }) {
  const queries = useQueryClient();
  const navigate = useNavigate();
  const [busy, setBusy] = useState(false);
  const erase = async () => {
    setBusy(true);
    try {
      await answer(api.DELETE("/api/v1/media/{id}", { params: { path: { id: media.id } } }));
      done(said.erase.done(media.title));
      await navigate({ to: "/" });
      queries.removeQueries({ queryKey: keys.mediaOne(media.id) });
      void queries.invalidateQueries({ queryKey: keys.media });
    } catch (error) {
      failed(error);
      setBusy(false);
    }
  };
  return (
    <Modal {...over} onClose={close} title={said.erase.title} size="md">
      <Stack gap="md">
        <Text size="sm">{said.erase.text(media.title)}</Text>
        <Group justify="flex-end" gap="xs">
          <Button variant="default" onClick={close} data-autofocus>
            {words.common.cancel}
          </Button>
          <Button color="red" loading={busy} onClick={() => void erase()}>
            {said.erase.confirm}
          </Button>
        </Group>
      </Stack>
    </Modal>
  );
}
