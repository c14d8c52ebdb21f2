import {
  Alert,
  Button,
  Checkbox,
  Group,
  Loader,
  Modal,
  Stack,
  Text,
  TextInput,
} from "@mantine/core";
import { useQueryClient } from "@tanstack/react-query";
import { useRef, useState } from "react";

import { answer, api } from "@/api/client";
import { keys } from "@/api/keys";
import { count } from "@/lib/numbers";
import { words } from "@/strings";

import { type Sum, summed } from "./scan";
import styles from "./ScanDialog.module.css";

const said = words.library.scan;
/** Files in one part: small enough that what was added is soon told. */
const PART = 25;
const MOST_SHOWN = 100;

type Phase =
  | { kind: "asking" }
  | { kind: "going"; sum: Sum | null }
  | { kind: "over"; sum: Sum }
  | { kind: "failed"; why: string; sum: Sum | null };

/** Adds what a folder on the server holds, in parts, and says what could not be read and why. */
export default function ScanDialog({ close }: { close: () => void }) {
  const queries = useQueryClient();
  const [folder, setFolder] = useState("");
  const [recursive, setRecursive] = useState(true);
  const [phase, setPhase] = useState<Phase>({ kind: "asking" });
  const stopped = useRef(false);
  const isStopped = () => stopped.current;

  const scan = async () => {
    stopped.current = false;
    let sum: Sum | null = null;
    setPhase({ kind: "going", sum });
    try {
      for (;;) {
        const body = { folder: folder.trim(), recursive, most_new: PART };
        sum = summed(sum, await answer(api.POST("/api/v1/media/scan", { body })));
        void queries.invalidateQueries({ queryKey: keys.media });
        if (sum.complete || isStopped()) break;
        setPhase({ kind: "going", sum });
      }
      setPhase({ kind: "over", sum });
    } catch (error) {
      const why = error instanceof Error ? error.message : String(error);
      setPhase({ kind: "failed", why, sum });
    }
  };
  const shut = () => {
    stopped.current = true;
    close();
  };

  const going = phase.kind === "going";
  return (
    <Modal
      opened
      onClose={shut}
      title={said.title}
      size="lg"
      closeButtonProps={{ "aria-label": words.common.close }}
    >
      <form
        onSubmit={(event) => {
          event.preventDefault();
          if (folder.trim() && !going) void scan();
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
            disabled={going}
            value={folder}
            onChange={(event) => setFolder(event.currentTarget.value)}
          />
          <Checkbox
            size="sm"
            label={said.recursive}
            checked={recursive}
            disabled={going}
            onChange={(event) => setRecursive(event.currentTarget.checked)}
          />
          <Outcome phase={phase} />
          <Group justify="flex-end" gap="xs">
            {going ? (
              <Button variant="default" onClick={() => (stopped.current = true)}>
                {said.stop}
              </Button>
            ) : (
              <>
                <Button variant="default" onClick={shut}>
                  {words.common.close}
                </Button>
                <Button type="submit" disabled={!folder.trim()}>
                  {phase.kind === "asking" ? said.go : said.again}
                </Button>
              </>
            )}
          </Group>
        </Stack>
      </form>
    </Modal>
  );
}

function Outcome({ phase }: { phase: Phase }) {
  if (phase.kind === "asking") return null;
  const { sum } = phase;
  return (
    <Stack gap="xs">
      <div role="status">
        {phase.kind === "going" ? (
          <Group gap="xs">
            <Loader size="xs" aria-hidden />
            <Text size="sm">{said.going(sum?.added ?? 0)}</Text>
          </Group>
        ) : null}
        {phase.kind === "over" ? (
          <Text size="sm">
            {phase.sum.complete
              ? phase.sum.added + phase.sum.known + phase.sum.failed
                ? said.complete
                : said.nothing
              : said.stopped}
          </Text>
        ) : null}
      </div>
      {phase.kind === "failed" ? (
        <Alert color="red" variant="light" role="alert">
          {phase.why}
        </Alert>
      ) : null}
      {sum ? <Result sum={sum} /> : null}
    </Stack>
  );
}

function Result({ sum }: { sum: Sum }) {
  const failures = sum.failures.slice(0, MOST_SHOWN);
  return (
    <>
      <dl className={styles.sum}>
        <div>
          <dt>{said.added}</dt>
          <dd>{count(sum.added)}</dd>
        </div>
        <div>
          <dt>{said.known}</dt>
          <dd>{count(sum.known)}</dd>
        </div>
        <div data-bad={sum.failed > 0 || undefined}>
          <dt>{said.failed}</dt>
          <dd>{count(sum.failed)}</dd>
        </div>
      </dl>
      {failures.length ? (
        <details className={styles.failures}>
          <summary>{said.failures(failures.length, sum.failed)}</summary>
          <ul>
            {failures.map(({ path, reason }) => (
              <li key={path}>
                <code>{path}</code>
                <span>{reason}</span>
              </li>
            ))}
          </ul>
        </details>
      ) : null}
    </>
  );
}
