import { memo, useCallback, useDeferredValue, useEffect, useMemo, useRef, useState } from "react";

import { useScope } from "@/api/session";
import { type Draft, draftOf } from "@/features/rundialog/draft";
import type { Edit, Span, SpanRef } from "@/features/timeline/model";
import { Timeline } from "@/features/timeline/Timeline";
import { words } from "@/strings";
import { done, failed } from "@/ui/toast";

import { type Media, useSignals, useTimeline } from "./data";
import { type Desk, DeskContext } from "./desk";
import { Dialogs } from "./Dialogs";
import { withEdits } from "./edits";
import { type Dialog, Header } from "./Header";
import { useKeptPlace, usePlace } from "./kept";
import { type Marks, NO_MARKS, stretch } from "./marks";
import styles from "./Media.module.css";
import { filtered, type MomentFilter, moments } from "./moments";
import { Only, Over } from "./Over";
import { type Part, Panel } from "./Panel";
import { Player } from "./Player";
import { Split } from "./Split";
import { emptyOf, isUnasked, transportOf } from "./starting";
import { TuneBar } from "./TuneBar";
import { useEdits } from "./useEdits";
import { useKeys } from "./useKeys";
import { useTuning } from "./useTuning";

const said = words.media;

// Typing into the filter draws the list anew, and not the rest of the page.
const Rows = memo(Timeline);
const Picture = memo(Player);
const Top = memo(Header);

/** The page of one media: what is shared by its parts is held here. */
export function MediaView(props: {
  media: Media;
  from: number | undefined;
  run: string | undefined;
}) {
  const { media, run } = props;
  const place = usePlace(media.id);
  const [transport] = useState(() => transportOf(media, place?.seconds ?? props.from));
  const from = useRef(props.from);
  useEffect(() => {
    if (from.current === props.from) return;
    from.current = props.from;
    if (props.from !== undefined) transport.seek(props.from);
  }, [transport, props.from]);

  const timeline = useTimeline(media.id, run);
  const signals = useSignals(media.id, timeline.data?.live ?? false);
  const { mayOperate } = useScope();
  const { pending, say, takeBack } = useEdits(media.id);
  const tune = useTuning(media.id, run);
  const trial = tune.tuning?.trial ?? null;
  const base = timeline.data;
  const document = useMemo(() => {
    let so = base ?? emptyOf(media);
    if (trial) {
      const tracks = so.tracks.map((one) => (one.tag === trial.track.tag ? trial.track : one));
      so = { ...so, tracks };
    }
    return withEdits(so, pending);
  }, [base, media, trial, pending]);

  const [selected, select] = useState<SpanRef | null>(place?.span ?? null);
  useKeptPlace(media.id, transport.playhead, selected);
  const [marks, setMarks] = useState<Marks>(NO_MARKS);
  const [filter, setFilter] = useState<MomentFilter>({ words: "", tag: null });
  const [part, setPart] = useState<Part>("moments");
  const [dialog, setDialog] = useState<Dialog | null>(null);
  const [draft, setDraft] = useState<Draft | null>(null);
  const [adding, setAdding] = useState<[number, number]>([0, 0]);
  const all = useMemo(() => moments(document), [document]);
  const looked = useDeferredValue(filter);
  const shown = useMemo(() => filtered(all, looked), [all, looked]);

  const edit = useCallback(
    (edit: Edit) => {
      if (edit.present) select({ tag: edit.tag, start: edit.start });
      const { tag, start, end } = edit;
      const w = said.edits;
      void say(edit, edit.replaces ? w.moved(tag, start, end) : w.added(tag, start, end));
    },
    [say],
  );
  const confirm = useCallback(
    (tag: string, { start, end, by }: Span) => {
      if (by === "person") return done(said.edits.already(tag));
      void say(
        { tag, start, end, present: true, replaces: [start, end] },
        said.edits.confirmed(tag, start),
      );
    },
    [say],
  );
  const reject = useCallback(
    (tag: string, { start, end }: Span) => {
      select((now) => (now?.tag === tag && now.start === start ? null : now));
      void say(
        { tag, start, end, present: false, replaces: [start, end] },
        said.edits.rejected(tag, start),
      );
    },
    [say],
  );

  const why = useCallback((span: SpanRef) => {
    select(span);
    setPart("evidence");
  }, []);
  const desk = useMemo<Desk>(
    () => ({
      media,
      document,
      pending: timeline.isPending,
      failed: timeline.isError && base === undefined,
      run,
      transport,
      selected,
      select,
      why,
      confirm,
      reject,
      edit,
      takeBack: (correction) => void takeBack(correction),
      mayOperate,
      analyze: () => {
        setDraft(null);
        setDialog("run");
      },
    }),
    [
      media,
      document,
      timeline.isPending,
      timeline.isError,
      base,
      run,
      transport,
      selected,
      why,
      confirm,
      reject,
      edit,
      takeBack,
      mayOperate,
    ],
  );

  const body = useRef<HTMLDivElement>(null);
  const box = useRef<HTMLElement>(null);
  const search = useRef<HTMLInputElement>(null);
  const fullscreen = useCallback(() => {
    const refused = () => failed(said.player.noFullscreen);
    if (window.document.fullscreenElement) void window.document.exitFullscreen();
    // Telephones have it for videos alone, which have a button of their own for it.
    else if (window.document.fullscreenEnabled) {
      void box.current?.requestFullscreen().catch(refused);
    } else refused();
  }, []);
  // Over what fills the screen nothing else can be seen.
  useEffect(() => {
    if (dialog && window.document.fullscreenElement) void window.document.exitFullscreen();
  }, [dialog]);
  const add = useCallback(() => {
    setAdding(stretch(marks, transport.playhead.seconds, media.duration_s));
    setDialog("add");
  }, [marks, transport, media.duration_s]);
  const seek = useCallback((seconds: number) => transport.seek(seconds), [transport]);
  const clearMarks = useCallback(() => setMarks(NO_MARKS), []);
  const showRuns = useCallback(() => setPart("runs"), []);
  useKeys({
    desk,
    shown,
    marks,
    setMarks,
    tuning: tune.tuning !== null,
    dropTuning: tune.drop,
    add,
    fullscreen,
    open: setDialog,
    show: setPart,
    search,
  });

  const { open: openTuning } = tune;
  const onTune = useCallback(
    (tag: string) => {
      const track = document.tracks.find((one) => one.tag === tag);
      if (!track) return;
      if (track.can_tune) openTuning(track);
      else
        failed(new Error(track.run === null ? said.tune.cannotPeople(tag) : said.tune.cannot(tag)));
    },
    [document, openTuning],
  );
  const still = media.kind === "image";
  const { tuning } = tune;
  return (
    <DeskContext value={desk}>
      <div className={styles.page}>
        <Top open={setDialog} showRuns={showRuns} />
        {run === undefined ? null : <Only run={run} />}
        <div className={styles.body} ref={body}>
          <div className={styles.left} data-still={still}>
            <Picture
              box={box}
              marks={marks}
              onClearMarks={clearMarks}
              onAdd={add}
              onFullscreen={fullscreen}
            />
            {still ? null : (
              <>
                <Split
                  name="timeline"
                  label={said.split.timeline}
                  way="horizontal"
                  usual={300}
                  least={120}
                  most={900}
                  of={body}
                />
                <div className={styles.timeline}>
                  <div className={styles.rows}>
                    <Rows
                      media={media.id}
                      duration={media.duration_s}
                      document={document}
                      signals={signals.data ?? null}
                      playhead={transport.playhead}
                      selected={selected}
                      onSeek={seek}
                      onSelect={select}
                      {...(mayOperate ? { onEdit: edit, onTune } : {})}
                    />
                    <Over
                      error={base ? null : timeline.error}
                      retry={() => void timeline.refetch()}
                      unasked={base !== undefined && isUnasked(base)}
                    />
                  </div>
                  {tuning ? (
                    <TuneBar
                      tuning={tuning}
                      duration={media.duration_s}
                      onChange={tune.change}
                      onKeep={() => void tune.keep(tuning.numbers)}
                      onReset={() => void tune.reset(tuning.numbers.tag)}
                      onDrop={tune.drop}
                    />
                  ) : null}
                </div>
              </>
            )}
          </div>
          <Split
            name="panel"
            label={said.split.panel}
            way="vertical"
            usual={400}
            least={280}
            most={900}
            of={body}
          />
          <Panel
            part={part}
            onPart={setPart}
            all={all}
            shown={shown}
            filter={filter}
            onFilter={setFilter}
            search={search}
            onAgain={(spec) => {
              setDraft(draftOf(spec));
              setDialog("run");
            }}
          />
        </div>
        <Dialogs
          open={dialog}
          close={() => setDialog(null)}
          draft={draft}
          stretch={adding}
          onAdded={clearMarks}
        />
      </div>
    </DeskContext>
  );
}
