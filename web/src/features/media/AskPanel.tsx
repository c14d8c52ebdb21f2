import { Button, Group, Textarea } from "@mantine/core";
import { Link } from "@tanstack/react-router";
import { type ReactNode, useId, useMemo, useState } from "react";

import { words } from "@/strings";

import { useDesk } from "./desk";
import { questions, type Text } from "./moments";
import styles from "./Ask.module.css";
import { pieces } from "./times";
import { type Asking, useAsk } from "./useAsk";

const said = words.media.ask;

export function AskPanel() {
  const { media, document, mayOperate } = useDesk();
  const { asking, ask, cancel } = useAsk(media.id);
  const [question, setQuestion] = useState("");
  const earlier = useMemo(() => questions(document), [document]);
  const busy = asking.is === "sending" || asking.is === "going";
  const send = () => {
    const text = question.trim();
    if (!text || busy) return;
    setQuestion("");
    void ask(text).then((taken) => {
      // Not to be typed again, nor in the way of what was typed since.
      if (!taken) setQuestion((now) => now || text);
    });
  };
  return (
    <div className={styles.ask}>
      {mayOperate ? (
        <form
          className={styles.form}
          onSubmit={(event) => {
            event.preventDefault();
            send();
          }}
        >
          <Textarea
            size="sm"
            autosize
            minRows={2}
            maxRows={6}
            maxLength={20_000}
            aria-label={said.label}
            placeholder={said.placeholder}
            value={question}
            onChange={(event) => setQuestion(event.currentTarget.value)}
            onKeyDown={(event) => {
              if (event.key === "Enter" && !event.shiftKey && !event.nativeEvent.isComposing) {
                event.preventDefault();
                send();
              }
            }}
          />
          <Group justify="flex-end" gap="xs">
            {busy ? (
              <Button size="xs" variant="default" onClick={() => void cancel()}>
                {said.cancel}
              </Button>
            ) : null}
            <Button size="xs" type="submit" disabled={!question.trim() || busy}>
              {said.send}
            </Button>
          </Group>
        </form>
      ) : null}
      <Current asking={asking} known={earlier.filter(isAnswered).map((one) => one.prompt)} />
      {earlier.length ? (
        <section aria-label={said.earlier}>
          {earlier.map(({ prompt, answers }) => (
            <Answered key={prompt} prompt={prompt} answers={answers} />
          ))}
        </section>
      ) : busy ? null : (
        <p className={styles.quiet}>{said.none}</p>
      )}
    </div>
  );
}

function Current({ asking, known }: { asking: Asking; known: readonly string[] }) {
  const { media } = useDesk();
  if (asking.is === "idle") return null;
  // Its stored answer is below, first of all.
  if (asking.is === "ended" && known.includes(asking.question)) return null;
  return (
    <Exchange question={asking.question}>
      {asking.is === "refused" ? (
        <p className={styles.bad} role="alert">
          {asking.reason}
        </p>
      ) : asking.is === "ended" ? (
        <p className={styles.bad} role="status">
          {asking.note || said.over("")}{" "}
          <Link to="/runs/$run" params={{ run: asking.run }}>
            {said.run}
          </Link>
        </p>
      ) : asking.is === "going" && asking.text ? (
        <>
          <p className={styles.text} aria-live="off">
            <WithTimes text={asking.text} duration={media.duration_s} />
          </p>
          <small>{asking.lost ? said.lost : asking.model ? said.by(asking.model) : null}</small>
        </>
      ) : (
        <p className={styles.quiet} role="status">
          {asking.is === "going" && asking.lost ? said.lost : said.waiting}
        </p>
      )}
    </Exchange>
  );
}

function isAnswered({ answers }: { answers: readonly Text[] }): boolean {
  return answers.some((one) => one.text !== null);
}

function Answered({ prompt, answers }: { prompt: string; answers: readonly Text[] }) {
  const { media, document } = useDesk();
  return (
    <Exchange question={prompt}>
      {answers.map((one) => {
        const run = document.runs.find((run) => run.id === one.run);
        return (
          <div key={`${one.run} ${one.start}`}>
            {answers.length > 1 ? <small>{said.part(one.start, one.end)}</small> : null}
            {one.text === null ? (
              <p className={styles.quiet}>
                {said.unanswered(
                  one.unknown
                    ? one.unknown.detail || words.common.unknown[one.unknown.reason]
                    : words.common.unknown.unasked,
                )}
              </p>
            ) : (
              <p className={styles.text}>
                <WithTimes text={one.text} duration={media.duration_s} />
                {one.cut ? <small> {said.cut}</small> : null}
              </p>
            )}
            {run?.models.length ? <small>{run.models.join(", ")}</small> : null}
          </div>
        );
      })}
    </Exchange>
  );
}

function Exchange({ question, children }: { question: string; children: ReactNode }) {
  const id = useId();
  return (
    <article className={styles.exchange} aria-labelledby={id}>
      <h3 id={id}>{question}</h3>
      {children}
    </article>
  );
}

/** Words whose times lead to their moment. */
function WithTimes({ text, duration }: { text: string; duration: number }) {
  const { transport } = useDesk();
  return pieces(text, duration).map((piece, place) =>
    piece.kind === "words" ? (
      piece.text
    ) : (
      <button
        key={place}
        type="button"
        className={styles.time}
        onClick={() => transport.seek(piece.seconds)}
      >
        {piece.text}
      </button>
    ),
  );
}
