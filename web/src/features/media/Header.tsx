import { ActionIcon, Button, Menu, Tooltip } from "@mantine/core";
import {
  IconArrowLeft,
  IconDots,
  IconDownload,
  IconKeyboard,
  IconLink,
  IconTrash,
  IconVideo,
} from "@tabler/icons-react";
import { Link } from "@tanstack/react-router";

import type { Action } from "@/features/runs/model";
import { useAct, useRunEvents } from "@/features/runs/queries";
import { sentence } from "@/lib/text";
import { words } from "@/strings";
import { StatusChip } from "@/ui/StatusChip";
import { done } from "@/ui/toast";
import { useCopy } from "@/ui/useCopy";

import { going, type Run, useRuns } from "./data";
import { useDesk } from "./desk";
import { distrustedIn } from "./distrusted";
import { DistrustedLine } from "./DistrustedLine";
import styles from "./Media.module.css";

const said = words.media.header;

export type Dialog = "run" | "add" | "keys" | "file" | "erase";

/** What it is, how it stands, and what can be done with it: one line, whatever comes in. */
export function Header(props: { open: (dialog: Dialog) => void; showRuns: () => void }) {
  const { media, mayOperate, analyze } = useDesk();
  const state = media.standing?.state;
  return (
    <header className={styles.header}>
      <Tooltip label={words.media.back} openDelay={400}>
        <ActionIcon
          variant="subtle"
          color="gray"
          aria-label={words.media.back}
          renderRoot={(props) => <Link to="/" {...props} />}
        >
          <IconArrowLeft size={18} />
        </ActionIcon>
      </Tooltip>
      <h1 title={media.title}>{media.title}</h1>
      {state ? <StatusChip state={state} note={media.standing?.note ?? ""} /> : null}
      <Line showRuns={props.showRuns} />
      {mayOperate ? (
        <Button size="xs" onClick={analyze}>
          {said.analyze}
        </Button>
      ) : null}
      <More open={props.open} />
    </header>
  );
}

function More({ open }: { open: (dialog: Dialog) => void }) {
  const { media, run, transport, mayOperate } = useDesk();
  const { copy } = useCopy();
  const link = () => {
    const search = new URLSearchParams({ t: transport.playhead.seconds.toFixed(3) });
    if (run !== undefined) search.set("run", run);
    const address = `${location.origin}/media/${media.id}?${search.toString()}`;
    void copy(address).then((copied) => {
      if (copied) done(said.linked);
    });
  };
  const query = run === undefined ? "" : `?run=${encodeURIComponent(run)}`;
  return (
    <Menu position="bottom-end">
      <Menu.Target>
        <ActionIcon variant="default" size="md" aria-label={said.more}>
          <IconDots size={18} />
        </ActionIcon>
      </Menu.Target>
      <Menu.Dropdown>
        <Menu.Item
          leftSection={<IconDownload size={16} />}
          component="a"
          href={`/api/v1/media/${media.id}/result.json${query}`}
          download
        >
          {said.export}
        </Menu.Item>
        <Menu.Item leftSection={<IconLink size={16} />} onClick={link}>
          {said.link}
        </Menu.Item>
        <Menu.Item leftSection={<IconVideo size={16} />} onClick={() => open("file")}>
          {said.info}
        </Menu.Item>
        <Menu.Item leftSection={<IconKeyboard size={16} />} onClick={() => open("keys")}>
          {said.keys}
        </Menu.Item>
        {mayOperate ? (
          <>
            <Menu.Divider />
            <Menu.Item leftSection={<IconTrash size={16} />} onClick={() => open("erase")}>
              {said.erase}
            </Menu.Item>
          </>
        ) : null}
      </Menu.Dropdown>
    </Menu>
  );
}

/** How far the run is that goes on; else why the last one is not complete. */
function Line({ showRuns }: { showRuns: () => void }) {
  const { media, document, mayOperate } = useDesk();
  const runs = useRuns(media.id);
  useRunEvents();
  const run = runs.data?.items.find(going);
  if (run) {
    return (
      <div className={styles.line}>
        <Progress run={run} />
        {mayOperate ? <Steer run={run} /> : null}
      </div>
    );
  }
  const distrusted = distrustedIn(document.runs);
  if (distrusted.length) {
    return (
      <div className={styles.line} data-distrusted>
        <DistrustedLine runs={distrusted} showRuns={showRuns} />
      </div>
    );
  }
  const note = media.paths.length ? sentence(media.standing?.note ?? "") : said.gone;
  return (
    <div className={styles.line}>
      {note ? (
        <button type="button" className={styles.note} title={note} onClick={showRuns}>
          {note}
        </button>
      ) : null}
    </div>
  );
}

function Progress({ run }: { run: Run }) {
  const { progress } = run;
  const text = said.live({
    state: run.state,
    stage: progress.stage,
    done: progress.asks_done,
    planned: progress.asks_planned,
    rate: progress.rate ?? null,
    eta: progress.eta_s ?? null,
    failed: progress.failed,
  });
  return (
    <Link to="/runs/$run" params={{ run: run.id }} className={styles.progress}>
      <span title={text}>{text}</span>
      <i
        role="progressbar"
        aria-label={said.progress}
        aria-valuemin={0}
        aria-valuemax={100}
        aria-valuenow={Math.floor(progress.fraction * 100)}
        aria-valuetext={text}
      >
        <b style={{ width: `${progress.fraction * 100}%` }} />
      </i>
    </Link>
  );
}

function Steer({ run }: { run: Run }) {
  const act = useAct();
  const tell = (action: Action) => act.mutate({ id: run.id, action });
  if (run.wish) {
    return (
      <small className={styles.wish}>{run.wish === "pause" ? said.pausing : said.cancelling}</small>
    );
  }
  return (
    <>
      <Button
        size="compact-xs"
        variant="default"
        disabled={act.isPending}
        onClick={() => tell(run.state === "paused" ? "resume" : "pause")}
      >
        {run.state === "paused" ? said.resume : said.pause}
      </Button>
      <Button
        size="compact-xs"
        variant="default"
        disabled={act.isPending}
        onClick={() => tell("cancel")}
      >
        {said.cancel}
      </Button>
    </>
  );
}
