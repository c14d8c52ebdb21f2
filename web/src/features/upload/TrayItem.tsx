import { ActionIcon, Progress, Text } from "@mantine/core";
import {
  IconCheck,
  IconPlayerPause,
  IconPlayerPlay,
  IconReload,
  IconX,
  type IconProps,
} from "@tabler/icons-react";
import { Link } from "@tanstack/react-router";
import type { ComponentType } from "react";

import { bytes, percent } from "@/lib/numbers";
import { duration } from "@/lib/time";
import { words } from "@/strings";

import styles from "./Tray.module.css";
import { type UploadItem, uploads } from "./uploads";

const said = words.upload.item;

/** One file on its way: how far, how fast, and what can be done about it. */
export function TrayItem({ item }: { item: UploadItem }) {
  const { id, name, phase } = item;
  const over = phase.kind === "done" || phase.kind === "refused";
  return (
    <li className={styles.item} data-kind={phase.kind}>
      <div className={styles.line}>
        {phase.kind === "done" ? (
          <>
            <IconCheck size={14} className={styles.tick} aria-hidden />
            <Link
              to="/media/$id"
              params={{ id: phase.media }}
              className={styles.name}
              aria-label={said.open(name)}
            >
              {name}
            </Link>
          </>
        ) : (
          <span className={styles.name} title={name}>
            {name}
          </span>
        )}
        {over || phase.kind === "paused" ? null : (
          <Act label={said.pause(name)} icon={IconPlayerPause} act={() => uploads.pause(id)} />
        )}
        {phase.kind === "paused" ? (
          <Act label={said.goOn(name)} icon={IconPlayerPlay} act={() => uploads.goOn(id)} />
        ) : null}
        {phase.kind === "refused" ? (
          <Act label={said.retry(name)} icon={IconReload} act={() => uploads.goOn(id)} />
        ) : null}
        <Act
          label={over ? said.remove(name) : said.cancel(name)}
          icon={IconX}
          act={() => uploads.remove(id)}
        />
      </div>
      {over ? null : (
        <Progress
          size={4}
          value={share(item) * 100}
          aria-label={words.upload.tray.progress(name)}
          color={phase.kind === "paused" || phase.kind === "away" ? "gray" : "cyan"}
          animated={phase.kind === "reading"}
          transitionDuration={150}
        />
      )}
      <Text size="xs" className={styles.told ?? ""} data-kind={phase.kind}>
        {told(item)}
      </Text>
    </li>
  );
}

function Act(props: { label: string; icon: ComponentType<IconProps>; act: () => void }) {
  const Icon = props.icon;
  return (
    <ActionIcon
      variant="subtle"
      color="gray"
      size={24}
      aria-label={props.label}
      title={props.label}
      onClick={props.act}
    >
      <Icon size={14} stroke={1.8} aria-hidden />
    </ActionIcon>
  );
}

function share({ sent, size }: UploadItem): number {
  return size ? sent / size : 0;
}

function told(item: UploadItem): string {
  const { phase, size, sent } = item;
  switch (phase.kind) {
    case "waiting":
      return said.waiting;
    case "starting":
      return item.resumed === null ? said.starting : said.resumed(percent(item.resumed / size));
    case "sending": {
      const { speed } = phase;
      const left = speed ? said.left(duration((size - sent) / speed)) : "";
      const line = said.sending(
        said.part(percent(share(item)), bytes(size)),
        speed ? said.speed(bytes(speed)) : "",
        left,
      );
      return item.resumed === null ? line : `${said.resumed(percent(item.resumed / size))} ${line}`;
    }
    case "reading":
      return said.reading;
    case "paused":
      return said.paused(percent(share(item)));
    case "away":
      return said.away(percent(share(item)));
    case "done":
      return said.done;
    case "refused":
      return phase.why;
  }
}
