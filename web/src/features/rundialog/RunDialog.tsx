/** Asks for a run: one sentence, what it would take, and the rest folded under it. */
import { Alert, Button, Group, Modal, Stack, Text } from "@mantine/core";
import { useMediaQuery } from "@mantine/hooks";
import { useNavigate } from "@tanstack/react-router";
import { type KeyboardEvent, useState } from "react";

import { useKnownEndpoints } from "@/api/endpoints";
import { words } from "@/strings";
import { done } from "@/ui/toast";

import { Advanced } from "./Advanced";
import { bodyOf, type Draft, type Field, fieldNamed, FOLDED, problems } from "./draft";
import { EstimateLine } from "./EstimateLine";
import { recall, remember } from "./memory";
import type { PartName } from "./Part";
import styles from "./RunDialog.module.css";
import { Sentence } from "./Sentence";
import { type Started, useStart } from "./useStart";

const say = words.run;

export default function RunDialog(props: {
  media: string[];
  titles: string[];
  close: () => void;
  /** Filled in beforehand; as it was last time when left out. */
  draft?: Draft;
  /** The part that is open at first. */
  begin?: PartName;
}) {
  const { media, titles, close } = props;
  const [begun] = useState(() => props.draft ?? recall());
  const [draft, setDraft] = useState(begun);
  const [part, setPart] = useState<PartName | null>(props.begin ?? null);
  const [advanced, setAdvanced] = useState(false);
  const [tried, setTried] = useState(false);
  const navigate = useNavigate();
  const start = useStart();
  const phone = useMediaQuery("(max-width: 40em)");
  const known = useStillThere(draft);
  // Whom a run was put to is kept when it is asked again, gone or not: the server tells.
  const told = props.draft ? draft : known;
  const wrong = problems(told);
  const shown = tried ? { ...wrong, ...refused(start.error) } : {};

  const show = (run: string) => {
    close();
    void navigate({ to: "/runs/$run", params: { run } });
  };
  const go = (again: boolean) => {
    setTried(true);
    if (start.isPending) return;
    const fields = Object.keys(wrong) as Field[];
    if (fields.length) {
      reveal(fields);
      return;
    }
    start.mutate(bodyOf(told, media, again), {
      onSuccess: ({ made, run }) => {
        if (!made) return;
        if (!props.draft) remember(told);
        close();
        done(say.started(run.number), {
          label: say.show,
          run: () => void navigate({ to: "/runs/$run", params: { run: run.id } }),
        });
      },
      onError: (error) => {
        const field = fieldNamed(error.message);
        if (field) reveal([field]);
      },
    });
  };
  const reveal = (fields: readonly Field[]) => {
    if (fields.some((field) => FOLDED.includes(field) || field === "every" || field === "at")) {
      setAdvanced(true);
    } else if (fields.includes("tags")) setPart("find");
  };
  const change = (next: Draft) => {
    setDraft(next);
    if (start.data || start.error) start.reset();
  };
  const keys = (event: KeyboardEvent) => {
    if (event.key !== "Enter" || !(event.ctrlKey || event.metaKey)) return;
    event.preventDefault();
    go(false);
  };

  const parts = { draft: told, wrong: shown, change };
  return (
    <Modal
      opened
      onClose={close}
      title={say.title}
      size="46rem"
      fullScreen={phone}
      closeOnEscape={part === null}
      // What was put together is not lost by a click beside it.
      closeOnClickOutside={draft === begun}
      closeButtonProps={{ "aria-label": words.common.close }}
      onKeyDown={keys}
      styles={{ body: { paddingBottom: 0 } }}
    >
      <Stack gap="md">
        <Sentence
          {...parts}
          media={media}
          titles={titles}
          open={part}
          onOpen={setPart}
          close={close}
        />
        <EstimateLine body={Object.keys(wrong).length ? null : bodyOf(told, media)} close={close} />
        <Advanced {...parts} open={advanced} onOpen={setAdvanced} />
        <div className={styles.foot}>
          <Told
            error={start.error}
            same={start.data && !start.data.made ? start.data : null}
            wrong={tried ? (wrong.tags ?? null) : null}
            show={show}
            another={() => go(true)}
          />
          <Group justify="flex-end" gap="sm">
            <Text c="dimmed" fz="xs" visibleFrom="xs">
              {say.startHint}
            </Text>
            <Button variant="default" onClick={close}>
              {words.common.cancel}
            </Button>
            <Button loading={start.isPending} onClick={() => go(false)}>
              {say.start}
            </Button>
          </Group>
        </div>
      </Stack>
    </Modal>
  );
}

/** What came of starting it, as far as it is not a run. */
function Told(props: {
  error: Error | null;
  same: Started | null;
  wrong: string | null;
  show: (run: string) => void;
  another: () => void;
}) {
  const { error, same, wrong } = props;
  if (error) {
    return (
      <Alert color="red" variant="light" role="alert" title={say.refused}>
        <Text fz="sm" style={{ whiteSpace: "pre-line" }}>
          {error.message}
        </Text>
      </Alert>
    );
  }
  if (same) {
    const { run } = same;
    const states: Readonly<Record<string, string>> = words.common.states;
    return (
      <Alert color="yellow" variant="light" role="alert" title={say.same.title}>
        <Group justify="space-between" gap="sm">
          <Text fz="sm">{say.same.text(run.number, states[run.state] ?? run.state)}</Text>
          <Group gap="xs">
            <Button size="xs" onClick={() => props.show(run.id)}>
              {say.same.show}
            </Button>
            <Button size="xs" variant="default" onClick={props.another}>
              {say.same.another}
            </Button>
          </Group>
        </Group>
      </Alert>
    );
  }
  return wrong ? (
    <Text role="alert" fz="sm" c="var(--bad)">
      {wrong}
    </Text>
  ) : null;
}

/** Endpoints that are gone since they were picked are asked no more. */
function useStillThere(draft: Draft): Draft {
  const found = useKnownEndpoints();
  if (!found.data || draft.endpoints.length === 0) return draft;
  const names = new Set(found.data.items.map((one) => one.name));
  const known = draft.endpoints.filter((name) => names.has(name));
  return known.length === draft.endpoints.length ? draft : { ...draft, endpoints: known };
}

function refused(error: Error | null): Partial<Record<Field, string>> {
  const field = error ? fieldNamed(error.message) : null;
  return field && error ? { [field]: error.message } : {};
}
