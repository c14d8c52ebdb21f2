/** All that is known of a media, by time: see `model.ts` for what it shows and tells. */
import { useComputedColorScheme } from "@mantine/core";
import {
  type KeyboardEvent,
  type RefObject,
  useCallback,
  useEffect,
  useId,
  useMemo,
  useRef,
  useState,
} from "react";

import { tagColors } from "@/lib/tagColors";
import { words } from "@/strings";

import { Editor } from "./editor";
import { Gestures, STEP } from "./gestures";
import { spanOf } from "./hits";
import { HoverCard } from "./HoverCard";
import type { TimelineProps } from "./model";
import { Pointing } from "./pointing";
import { RowNames } from "./RowNames";
import { Stage } from "./stage";
import { Tools } from "./Tools";
import { useRows } from "./useRows";
import { around, lengthOf, paged } from "./view";

import styles from "./Timeline.module.css";

function useColors(tags: readonly string[]): ReadonlyMap<string, string> {
  const scheme = useComputedColorScheme("dark");
  const names = JSON.stringify(tags);
  return useMemo(() => {
    const colors = tagColors(JSON.parse(names) as string[]);
    return new Map([...colors].map(([tag, color]) => [tag, color[scheme]]));
  }, [names, scheme]);
}

/** What is chosen elsewhere, as in a list, comes into view; what is in view stays as it is. */
function useInView(stage: Stage, { selected, document, duration }: TimelineProps) {
  const tag = selected?.tag;
  const start = selected?.start;
  const latest = useRef(document);
  useEffect(() => {
    latest.current = document;
  }, [document]);
  useEffect(() => {
    if (tag === undefined || start === undefined) return;
    const track = latest.current.tracks.find((one) => one.tag === tag);
    const end = (track && spanOf(track, { tag, start })?.end) ?? start;
    const { view } = stage;
    if (end >= view.start && start <= view.end) return;
    const fits = end - start < lengthOf(view) * 0.9;
    stage.travel(fits ? paged(view, duration, start) : around(start, end, duration));
  }, [stage, tag, start, duration]);
}

/** Says which part is in view, once it rests there. */
function useSpokenView(stage: Stage, board: RefObject<HTMLElement | null>) {
  useEffect(() => {
    let timer: ReturnType<typeof setTimeout> | undefined;
    const say = () => {
      const { start, end } = stage.view;
      board.current?.setAttribute("aria-label", words.timeline.showing(start, end));
    };
    const unwatch = stage.watch(() => {
      clearTimeout(timer);
      timer = setTimeout(say, 250);
    });
    return () => {
      clearTimeout(timer);
      unwatch();
    };
  }, [stage, board]);
}

export function Timeline(props: TimelineProps) {
  const { media, document, duration, signals, playhead, selected } = props;
  const { onSeek, onSelect, onEdit, drawing, frames } = props;
  const scheme = useComputedColorScheme("dark");
  const [stage] = useState(() => new Stage());
  const [editor] = useState(() => new Editor(stage));
  const [pointing] = useState(() => new Pointing());
  const gestures = useRef<Gestures>(null);
  const scroller = useRef<HTMLDivElement>(null);
  const board = useRef<HTMLDivElement>(null);
  const canvas = useRef<HTMLCanvasElement>(null);
  const line = useRef<HTMLDivElement>(null);
  const lineWhole = useRef<HTMLDivElement>(null);
  const pointer = useRef<HTMLDivElement>(null);
  const help = useId();
  const { all, rows, without, fold, leave } = useRows(props);
  const colors = useColors(document.tracks.map((track) => track.tag));
  const editable = onEdit !== undefined;

  useEffect(() => {
    stage.show({ duration, rows, colors, signals, selected, editable });
  }, [stage, duration, rows, colors, signals, selected, editable]);

  useEffect(() => {
    if (!scroller.current || !board.current || !canvas.current) return;
    if (!line.current || !lineWhole.current || !pointer.current) return;
    const detach = stage.attach(
      {
        board: board.current,
        canvas: canvas.current,
        scroller: scroller.current,
        playhead: line.current,
        playheadWhole: lineWhole.current,
        pointer: pointer.current,
      },
      playhead,
    );
    pointing.attach(board.current);
    const made = new Gestures({
      stage,
      editor,
      pointing,
      board: board.current,
      scroller: scroller.current,
    });
    gestures.current = made;
    const release = made.attach();
    return () => {
      release();
      detach();
      pointing.set(null);
    };
  }, [stage, editor, pointing, playhead]);

  useEffect(() => {
    if (gestures.current) gestures.current.wishes = { onSeek, onSelect };
    editor.allow({ onEdit, drawing, frames });
  }, [editor, onSeek, onSelect, onEdit, drawing, frames, playhead]);

  useEffect(() => editor.settle(), [editor, document]);
  useEffect(() => stage.recolor(), [stage, scheme]);
  useInView(stage, props);
  useSpokenView(stage, board);

  const nearer = useCallback(
    (closer: boolean) => gestures.current?.nearer(closer ? STEP : 1 / STEP),
    [],
  );
  const fit = useCallback(() => gestures.current?.fit(), []);
  const onKeyDown = (event: KeyboardEvent) => {
    if (gestures.current?.key(event)) event.preventDefault();
  };

  return (
    <section className={styles.timeline} aria-label={words.timeline.name} onKeyDown={onKeyDown}>
      <div className={styles.scroller} ref={scroller}>
        <div className={styles.sheet}>
          <div className={styles.names}>
            <div className={styles.corner}>
              <Tools all={all} without={without} leave={leave} nearer={nearer} fit={fit} />
            </div>
            <RowNames rows={rows} colors={colors} fold={fold} tune={props.onTune} />
          </div>
          <div className={styles.track}>
            <div
              className={styles.board}
              ref={board}
              role="group"
              tabIndex={0}
              aria-label={words.timeline.showing(0, duration)}
              aria-describedby={help}
            >
              <canvas ref={canvas} aria-hidden />
              <div className={styles.pointer} ref={pointer} hidden />
              <div className={styles.playhead} ref={line} />
              <div className={styles.playheadWhole} ref={lineWhole} />
            </div>
          </div>
        </div>
      </div>
      <p className={styles.help} id={help}>
        {words.timeline.help}
      </p>
      <HoverCard media={media} pointing={pointing} colors={colors} />
    </section>
  );
}
