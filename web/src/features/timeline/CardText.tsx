/** The words of the card over the pointer. */
import { words } from "@/strings";

import type { Span } from "./model";
import type { Pointed } from "./pointing";

import styles from "./HoverCard.module.css";

const say = words.timeline.card;
/** As many tags as are named at one moment. */
const MOST = 5;

type Colors = ReadonlyMap<string, string>;

function Tag({ tag, colors, more }: { tag: string; colors: Colors; more?: string }) {
  return (
    <p className={styles.tag}>
      <i style={{ background: colors.get(tag) }} />
      <b>{tag}</b>
      {more && <span>{more}</span>}
    </p>
  );
}

function by(span: Span): string {
  if (span.by === "person") return say.person;
  return span.correction === null ? say.confidence(span.confidence) : say.confirmed;
}

function SpanText({ tag, span, colors }: { tag: string; span: Span; colors: Colors }) {
  const soft = ([from, to]: readonly [number, number]) => to - from > 0.005;
  return (
    <>
      <Tag tag={tag} colors={colors} more={by(span)} />
      <p>
        {say.edges(span.start, span.end)}, {say.length(span.end - span.start)}
      </p>
      {soft(span.start_range) && <p className={styles.quiet}>{say.begins(...span.start_range)}</p>}
      {soft(span.end_range) && <p className={styles.quiet}>{say.ends(...span.end_range)}</p>}
    </>
  );
}

function Body({ pointed, colors }: { pointed: Pointed; colors: Colors }) {
  const { told, draft } = pointed;
  if (draft) {
    return (
      <>
        <Tag tag={draft.tag} colors={colors} />
        <p>
          {say.edges(draft.start, draft.end)}, {say.length(draft.end - draft.start)}
        </p>
      </>
    );
  }
  switch (told.kind) {
    case "span":
      return <SpanText tag={told.tag} span={told.span} colors={colors} />;
    case "unknown":
      return (
        <>
          <p className={styles.tag}>
            <i className="hatched" />
            <b>{say.unknown(told.of)}</b>
          </p>
          <p>{words.common.unknown[told.unknown.reason]}</p>
          {told.unknown.detail && <p className={styles.quiet}>{told.unknown.detail}</p>}
        </>
      );
    case "unlooked":
      return <p className={styles.quiet}>{say.unlooked(told.tag)}</p>;
    case "absent":
      return <p>{say.absent(told.tag)}</p>;
    case "text":
      return (
        <>
          <p className={styles.long}>{told.text.text}</p>
          <p className={styles.quiet}>{say.edges(told.text.start, told.text.end)}</p>
        </>
      );
    case "coverage":
      return <p>{say.coverage[told.how]}</p>;
    case "signals":
      return (
        <p>
          {[
            ...told.signs.map((sign) => say.signs[sign]),
            told.motion === null ? say.unmeasured : say.motion(told.motion),
          ].join(", ")}
        </p>
      );
    case "all":
      return (
        <>
          {told.spans.slice(0, MOST).map(({ tag, span }) => (
            <Tag key={tag} tag={tag} colors={colors} more={by(span)} />
          ))}
          {told.spans.length > MOST && <p>{say.more(told.spans.length - MOST)}</p>}
          {!told.spans.length && <p className={styles.quiet}>{say.nothing}</p>}
        </>
      );
    case "nothing":
      return <p className={styles.quiet}>{say.noText}</p>;
  }
}

export function CardText(props: { pointed: Pointed; colors: Colors }) {
  return (
    <div className={styles.text}>
      <Body {...props} />
    </div>
  );
}
