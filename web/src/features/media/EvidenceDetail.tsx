import type { ReactNode } from "react";

import { moment } from "@/lib/time";
import { words } from "@/strings";
import { StatusChip } from "@/ui/StatusChip";

import type { Evidence } from "./data";
import { useDesk } from "./desk";
import styles from "./Evidence.module.css";

const said = words.media.evidence;

/** A probability, the beginning of a text, or that it is unknown. */
export function shortly(of: Evidence): string {
  if (of.unknown) return said.unknown;
  if (of.probability !== null) return said.probability(of.probability);
  return (of.text ?? "").slice(0, 24);
}

/** The same for the ear, and whether it is to be used. */
export function spoken(of: Evidence): string {
  return of.distrusted ? `${shortly(of)}, ${words.media.distrusted.mark}` : shortly(of);
}

/** One question, its answer, and who gave it, how, and for what it cost. */
export function EvidenceDetail({ of }: { of: Evidence }) {
  const { transport } = useDesk();
  const shared = of.shared_from;
  return (
    <>
      <dl className={styles.facts}>
        <Fact name={said.question}>{of.question}</Fact>
        <Fact name={said.answer}>
          {of.unknown ? (
            <>
              <span className={`${styles.unknown} hatched`}>
                <span>{said.unknown}</span>
              </span>{" "}
              {words.common.unknown[of.unknown]}
              {of.detail ? <span className={styles.detail}>{of.detail}</span> : null}
            </>
          ) : (
            <>
              {of.probability === null ? null : (
                <strong>{said.probability(of.probability)} </strong>
              )}
              {of.text}
              {of.cut ? <StatusChip state={said.cut} /> : null}
            </>
          )}
          {of.distrusted ? (
            <>
              {" "}
              <StatusChip state={words.media.distrusted.mark} />
              <span className={styles.detail}>{words.media.distrusted.explain}</span>
            </>
          ) : null}
          {of.sample > 0 ? <small> {said.sample(of.sample)}</small> : null}
          {shared === null ? null : (
            <button type="button" className={styles.link} onClick={() => transport.seek(shared)}>
              {said.shared(shared)}
            </button>
          )}
        </Fact>
        {of.model ? <Fact name={said.model}>{of.model}</Fact> : null}
        {of.endpoint ? <Fact name={said.endpoint}>{of.endpoint}</Fact> : null}
        {of.method ? <Fact name={said.how}>{said.methods[of.method]}</Fact> : null}
        {of.latency_s === null ? null : <Fact name={said.took}>{said.seconds(of.latency_s)}</Fact>}
        {of.tokens_in === null && of.tokens_out === null ? null : (
          <Fact name={said.tokens}>{said.tokensOf(of.tokens_in, of.tokens_out)}</Fact>
        )}
        {of.asked_at ? <Fact name={said.asked}>{moment(of.asked_at)}</Fact> : null}
      </dl>
      {of.raw ? (
        <details className={styles.raw}>
          <summary>{said.raw}</summary>
          <pre>{of.raw}</pre>
        </details>
      ) : null}
    </>
  );
}

function Fact({ name, children }: { name: string; children: ReactNode }) {
  return (
    <div>
      <dt>{name}</dt>
      <dd>{children}</dd>
    </div>
  );
}
