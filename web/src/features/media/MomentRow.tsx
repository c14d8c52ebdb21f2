import { IconCheck, IconQuestionMark, IconUser, IconX } from "@tabler/icons-react";
import { memo, type ReactNode } from "react";

import { percent } from "@/lib/numbers";
import { frameUrl } from "@/lib/pictures";
import { words } from "@/strings";
import { Timecode } from "@/ui/Timecode";

import type { Acts } from "./desk";
import type { Moment } from "./moments";
import styles from "./Panel.module.css";

/** Pixels: all rows are as high, so that the list is as long as it will ever be. */
export const ROW = 58;
const said = words.media.moments;

/** Drawn anew when it changes itself: the list around it is told of time ten times a second. */
export const MomentRow = memo(function MomentRow(props: {
  acts: Acts;
  moment: Moment;
  place: number;
  of: number;
  top: number;
  color: string;
  /** It holds at the playhead. */
  on: boolean;
  picked: boolean;
  /** Tab comes here; the arrows lead to the others. */
  reachable: boolean;
  onFocus: (place: number) => void;
  /** Taken away by a key: the focus goes with it, unless it is led on. */
  onGone: (place: number) => void;
}) {
  const { moment } = props;
  const { media, transport, select } = props.acts;
  const go = () => {
    transport.seek(moment.start);
    if (moment.kind === "span") select({ tag: moment.tag, start: moment.start });
  };
  return (
    <div
      className={styles.row}
      role="listitem"
      aria-posinset={props.place + 1}
      aria-setsize={props.of}
      data-place={props.place}
      data-on={props.on}
      data-picked={props.picked}
      style={{ transform: `translateY(${props.top}px)`, height: ROW }}
      onFocus={() => props.onFocus(props.place)}
    >
      <button
        type="button"
        data-main
        className={styles.main}
        tabIndex={props.reachable ? 0 : -1}
        aria-label={nameOf(moment)}
        {...(props.picked ? { "aria-current": true } : {})}
        onClick={go}
      >
        <img
          src={frameUrl(media.id, pictureOf(moment), 160)}
          alt=""
          loading="lazy"
          width={72}
          height={42}
        />
        <i className={styles.tagLine} style={{ background: props.color }} />
        <Said moment={moment} />
      </button>
      <div className={styles.times}>
        <Timecode seconds={moment.start} />
        <Timecode seconds={moment.end} />
      </div>
      {moment.kind === "span" ? (
        <Actions
          acts={props.acts}
          moment={moment}
          reachable={props.reachable}
          gone={() => props.onGone(props.place)}
        />
      ) : null}
    </div>
  );
});

function Said({ moment }: { moment: Moment }) {
  if (moment.kind === "text") {
    return (
      <span className={styles.text} title={moment.text.text ?? ""}>
        {moment.text.prompt ? <b>{said.question(moment.text.prompt)} </b> : null}
        {moment.text.text}
      </span>
    );
  }
  const { span } = moment;
  return (
    <span className={styles.tag}>
      <b>{moment.tag}</b>{" "}
      <small>
        {span.by === "person" ? (
          <>
            <IconUser size={12} aria-hidden /> {said.byPerson}
          </>
        ) : (
          percent(span.confidence)
        )}
      </small>
    </span>
  );
}

function Actions(props: {
  acts: Acts;
  moment: Moment & { kind: "span" };
  reachable: boolean;
  gone: () => void;
}) {
  const { tag, span } = props.moment;
  const { confirm, reject, why, mayOperate } = props.acts;
  const tab = props.reachable ? 0 : -1;
  return (
    <div className={styles.actions}>
      {mayOperate ? (
        <>
          <Act label={said.confirm} of={tag} tab={tab} run={() => confirm(tag, span)}>
            <IconCheck size={15} />
          </Act>
          <Act
            label={said.reject}
            of={tag}
            tab={tab}
            run={(byKey) => {
              reject(tag, span);
              if (byKey) props.gone();
            }}
          >
            <IconX size={15} />
          </Act>
        </>
      ) : null}
      <Act label={said.why} of={tag} tab={tab} run={() => why({ tag, start: span.start })}>
        <IconQuestionMark size={15} />
      </Act>
    </div>
  );
}

function Act(props: {
  label: string;
  of: string;
  tab: number;
  run: (byKey: boolean) => void;
  children: ReactNode;
}) {
  return (
    <button
      type="button"
      className={styles.act}
      tabIndex={props.tab}
      title={props.label}
      aria-label={`${props.label}: ${props.of}`}
      // A press of a key comes as a click that none counted.
      onClick={(event) => props.run(event.detail === 0)}
    >
      {props.children}
    </button>
  );
}

function nameOf(moment: Moment): string {
  return moment.kind === "span"
    ? said.span(
        moment.tag,
        moment.start,
        moment.end,
        moment.span.confidence,
        moment.span.by === "person",
      )
    : said.text(
        `${moment.text.prompt ? `${said.question(moment.text.prompt)} ` : ""}${moment.text.text ?? ""}`,
        moment.start,
      );
}

/** The middle of a span says more than its edge. */
function pictureOf(moment: Moment): number {
  return moment.kind === "span"
    ? (moment.start + moment.end) / 2
    : (moment.text.frames[0] ?? moment.start);
}
