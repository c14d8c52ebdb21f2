import { ActionIcon, Button, CloseButton, Group, Progress, Text } from "@mantine/core";
import { IconChevronDown, IconChevronUp } from "@tabler/icons-react";
import { useEffect, useRef, useState } from "react";

import { words } from "@/strings";

import { TrayItem } from "./TrayItem";
import styles from "./Tray.module.css";
import { forget, type Unfinished } from "./unfinished";
import { type UploadItem, uploads } from "./uploads";

const said = words.upload.tray;
const MOST_SHOWN = 50;
/** Where there are more than are shown, those come first that one may want to do something about. */
const RANKS: Record<UploadItem["phase"]["kind"], number> = {
  refused: 0,
  away: 1,
  starting: 1,
  sending: 1,
  reading: 1,
  paused: 2,
  waiting: 3,
  done: 4,
};

/** How all uploads get on, in a corner of every page. */
export default function Tray(props: {
  items: readonly UploadItem[];
  /** Cut off before this page was loaded. */
  left: readonly Unfinished[];
  onLeft: (left: Unfinished[]) => void;
}) {
  const { items } = props;
  const tray = useRoomForToasts();
  const [folded, setFolded] = useState(false);
  // What is dropped again is on the list already.
  const left = props.left.filter(
    ({ name, size }) => !items.some((one) => one.name === name && one.size === size),
  );
  if (!items.length && !left.length) return null;
  const done = items.filter(({ phase }) => phase.kind === "done").length;
  const refused = items.filter(({ phase }) => phase.kind === "refused").length;
  const paused = items.filter(({ phase }) => phase.kind === "paused");
  const open = items.filter(({ phase }) => !["done", "refused", "paused"].includes(phase.kind));
  const over = open.length === 0 && paused.length === 0;
  const bytes = items.reduce((sum, { size }) => sum + size, 0);
  const sent = items.reduce(
    (sum, { size, sent: part, phase }) => sum + (phase.kind === "done" ? size : part),
    0,
  );
  const ordered =
    items.length > MOST_SHOWN
      ? items.toSorted((a, b) => RANKS[a.phase.kind] - RANKS[b.phase.kind])
      : items;
  const told = [said.count(done, items.length), ...(refused ? [said.refused(refused)] : [])];
  return (
    <section ref={tray} className={styles.tray} aria-label={said.label}>
      <Group gap="xs" wrap="nowrap" className={styles.head ?? ""}>
        <Text size="sm" fw={600} flex={1} role="status">
          {items.length ? told.join(", ") : said.label}
        </Text>
        {items.length > 1 && !over ? (
          <Button
            size="compact-xs"
            variant="subtle"
            color="gray"
            onClick={() => {
              if (open.length) open.forEach(({ id }) => uploads.pause(id));
              else paused.forEach(({ id }) => uploads.goOn(id));
            }}
          >
            {open.length ? said.pauseAll : said.goOnAll}
          </Button>
        ) : null}
        <ActionIcon
          variant="subtle"
          color="gray"
          size="sm"
          aria-label={folded ? said.show : said.hide}
          aria-expanded={!folded}
          onClick={() => setFolded(!folded)}
        >
          {folded ? <IconChevronUp size={16} /> : <IconChevronDown size={16} />}
        </ActionIcon>
        {over ? (
          <CloseButton
            size="sm"
            aria-label={said.close}
            onClick={() => {
              uploads.clear();
              props.onLeft([]);
            }}
          />
        ) : null}
      </Group>
      {items.length > 1 && !over ? (
        <Progress
          size={3}
          radius={0}
          value={bytes ? (sent / bytes) * 100 : 0}
          aria-label={said.all}
          transitionDuration={200}
        />
      ) : null}
      {folded ? null : (
        <ul className={styles.list}>
          {left.map((one) => (
            <li key={one.key} className={styles.left}>
              <Text size="xs">{words.upload.unfinished.text(one.name)}</Text>
              <CloseButton
                size="sm"
                aria-label={words.upload.unfinished.forget(one.name)}
                title={words.upload.unfinished.forget(one.name)}
                onClick={() => {
                  props.onLeft(props.left.filter((other) => other !== one));
                  void forget(one);
                }}
              />
            </li>
          ))}
          {ordered.slice(0, MOST_SHOWN).map((item) => (
            <TrayItem key={item.id} item={item} />
          ))}
          {ordered.length > MOST_SHOWN ? (
            <li className={styles.left}>{said.more(ordered.length - MOST_SHOWN)}</li>
          ) : null}
        </ul>
      )}
    </section>
  );
}

/** Tells how high the tray is, so that short words about what was done lie above it. */
function useRoomForToasts() {
  const tray = useRef<HTMLElement>(null);
  useEffect(() => {
    const { style } = document.documentElement;
    const watch = new ResizeObserver(() => {
      style.setProperty("--tray-height", `${tray.current?.offsetHeight ?? 0}px`);
    });
    if (tray.current) watch.observe(tray.current);
    return () => {
      watch.disconnect();
      style.removeProperty("--tray-height");
    };
  }, []);
  return tray;
}
