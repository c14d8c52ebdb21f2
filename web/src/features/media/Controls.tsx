import { ActionIcon, Button, Menu, Slider, Tooltip } from "@mantine/core";
import {
  IconChevronLeft,
  IconChevronRight,
  IconMaximize,
  IconPictureInPicture,
  IconPlayerPause,
  IconPlayerPlay,
  IconTag,
  IconVolume,
  IconVolumeOff,
  IconX,
} from "@tabler/icons-react";
import { type ReactNode, useEffect, useRef, useSyncExternalStore } from "react";

import { timecode } from "@/lib/time";
import { words } from "@/strings";
import { failed } from "@/ui/toast";
import { useCopy } from "@/ui/useCopy";

import { useDesk } from "./desk";
import type { Marks } from "./marks";
import styles from "./Player.module.css";
import { RATES } from "./transport";

const said = words.media.player;

export function Controls(props: {
  plays: boolean;
  marks: Marks;
  onClearMarks: () => void;
  onAdd: () => void;
  onFullscreen: () => void;
}) {
  const { transport } = useDesk();
  const state = useSyncExternalStore(transport.watch, transport.snapshot);
  const moving = state.playing || state.backwards;
  const step = (by: 1 | -1) => void transport.step(by).catch(failed);
  return (
    <div className={styles.controls}>
      <Scrubber buffered={props.plays ? state.buffered : 0} marks={props.marks} />
      <div className={styles.buttons}>
        {props.plays ? (
          <Key label={moving ? said.pause : said.play} onClick={() => transport.toggle()}>
            {moving ? <IconPlayerPause size={18} /> : <IconPlayerPlay size={18} />}
          </Key>
        ) : null}
        <Key label={said.previous} onClick={() => step(-1)}>
          <IconChevronLeft size={18} />
        </Key>
        <Key label={said.next} onClick={() => step(1)}>
          <IconChevronRight size={18} />
        </Key>
        <Clock />
        <MarksLine marks={props.marks} onClear={props.onClearMarks} onAdd={props.onAdd} />
        <span className={styles.gap} />
        {props.plays ? <Sound /> : null}
        {props.plays ? <Speed rate={state.rate} /> : null}
        {props.plays && document.pictureInPictureEnabled ? (
          <span className={styles.wideOnly}>
            <Key label={said.pip} onClick={pictureInPicture}>
              <IconPictureInPicture size={18} />
            </Key>
          </span>
        ) : null}
        {document.fullscreenEnabled ? (
          <Key label={said.fullscreen} onClick={props.onFullscreen}>
            <IconMaximize size={18} />
          </Key>
        ) : null}
      </div>
    </div>
  );
}

/** A browser refuses it in words of its own, or where the video has not come yet. */
function pictureInPicture() {
  const refused = () => failed(said.noPip);
  if (document.pictureInPictureElement) void document.exitPictureInPicture().catch(refused);
  else void document.querySelector("video")?.requestPictureInPicture().catch(refused);
}

function Key(props: { label: string; onClick: () => void; children: ReactNode }) {
  return (
    <Tooltip label={props.label} openDelay={400}>
      <ActionIcon
        variant="subtle"
        color="gray"
        size="md"
        aria-label={props.label}
        onClick={props.onClick}
      >
        {props.children}
      </ActionIcon>
    </Tooltip>
  );
}

/** The time, copied by a click. Written past React, as often as there are pictures. */
function Clock() {
  const { transport, media } = useDesk();
  const text = useRef<HTMLSpanElement>(null);
  const { copied, copy } = useCopy();
  useEffect(() => {
    const write = (seconds: number) => {
      if (text.current) text.current.textContent = timecode(seconds, 2);
    };
    write(transport.playhead.seconds);
    return transport.playhead.listen(write);
  }, [transport]);
  return (
    <Tooltip label={copied ? words.common.copied : said.copyTime} openDelay={400}>
      <button
        type="button"
        className={styles.clock}
        onClick={() => void copy(timecode(transport.playhead.seconds, 2))}
      >
        <span ref={text}>{timecode(0, 2)}</span>
        <span className={styles.length}> / {timecode(media.duration_s)}</span>
        <span className={styles.unseen}> {said.copyTime}</span>
      </button>
    </Tooltip>
  );
}

function Scrubber({ buffered, marks }: { buffered: number; marks: Marks }) {
  const { transport, media } = useDesk();
  const input = useRef<HTMLInputElement>(null);
  const duration = Math.max(media.duration_s, 0.001);
  useEffect(() => {
    const write = (seconds: number) => {
      const at = input.current;
      if (!at) return;
      at.value = String(seconds);
      at.style.setProperty("--at", String(seconds / duration));
      at.setAttribute("aria-valuetext", said.at(seconds, duration));
    };
    write(transport.playhead.seconds);
    return transport.playhead.listen(write);
  }, [transport, duration]);
  // As far as the middle of the knob, which stays inside of the line.
  const share = (seconds: number) =>
    `calc(5px + (100% - 12px) * ${Math.min(1, seconds / duration)})`;
  return (
    <div className={styles.scrub}>
      <input
        ref={input}
        type="range"
        data-keys="page"
        aria-label={said.position}
        min={0}
        max={duration}
        step="any"
        defaultValue={0}
        style={{ "--loaded": String(buffered / duration) } as React.CSSProperties}
        onInput={(event) => transport.seek(Number(event.currentTarget.value))}
      />
      {marks.in === null ? null : <i className={styles.mark} style={{ left: share(marks.in) }} />}
      {marks.out === null ? null : <i className={styles.mark} style={{ left: share(marks.out) }} />}
    </div>
  );
}

function MarksLine(props: { marks: Marks; onClear: () => void; onAdd: () => void }) {
  const { marks } = props;
  const { mayOperate } = useDesk();
  if (marks.in === null && marks.out === null) return null;
  return (
    <span className={styles.marks} role="status">
      {marks.in === null ? null : <span>{words.media.marks.in(marks.in)}</span>}
      {marks.out === null ? null : <span>{words.media.marks.out(marks.out)}</span>}
      {mayOperate ? (
        <Key label={words.media.marks.add} onClick={props.onAdd}>
          <IconTag size={16} />
        </Key>
      ) : null}
      <Key label={words.media.marks.clear} onClick={props.onClear}>
        <IconX size={16} />
      </Key>
    </span>
  );
}

function Speed({ rate }: { rate: number }) {
  const { transport } = useDesk();
  return (
    <Menu position="top">
      <Menu.Target>
        <Tooltip label={said.speed} openDelay={400}>
          <Button size="compact-sm" variant="subtle" color="gray" px={6} miw={44}>
            <span className={styles.unseen}>{said.speed} </span>
            {said.speedOf(rate)}
          </Button>
        </Tooltip>
      </Menu.Target>
      <Menu.Dropdown>
        <Menu.RadioGroup
          value={String(rate)}
          onChange={(chosen) => transport.setRate(Number(chosen))}
        >
          {RATES.map((one) => (
            <Menu.RadioItem
              key={one}
              value={String(one)}
              {...(one === rate ? { "data-autofocus": true } : {})}
            >
              {said.speedOf(one)}
            </Menu.RadioItem>
          ))}
        </Menu.RadioGroup>
      </Menu.Dropdown>
    </Menu>
  );
}

function Sound() {
  const { transport } = useDesk();
  const { muted, volume } = useSyncExternalStore(transport.watch, transport.snapshot);
  return (
    <span className={styles.sound}>
      <Key label={muted ? said.unmute : said.mute} onClick={() => transport.mute()}>
        {muted ? <IconVolumeOff size={18} /> : <IconVolume size={18} />}
      </Key>
      <Slider
        className={styles.volume}
        size="xs"
        w={64}
        thumbLabel={said.volume}
        label={null}
        value={muted ? 0 : Math.round(volume * 100)}
        onChange={(value) => transport.setVolume(value / 100)}
      />
    </span>
  );
}
