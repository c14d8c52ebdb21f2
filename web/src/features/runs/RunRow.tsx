import { Link } from "@tanstack/react-router";

import { cost, percent } from "@/lib/numbers";
import { ago, duration, moment } from "@/lib/time";
import { sentence } from "@/lib/text";
import { words } from "@/strings";
import { StatusChip } from "@/ui/StatusChip";

import { Actions } from "./Actions";
import { Bar } from "./Bar";
import { Facts } from "./Facts";
import { hasEnded, type Run, tookS, waitsUntil } from "./model";
import styles from "./runs.module.css";

const say = words.runs;

export function RunRow({ run }: { run: Run }) {
  const { progress } = run;
  return (
    <li className={styles.row}>
      <div style={{ minWidth: 0 }}>
        <Link to="/runs/$run" params={{ run: run.id }} className={styles.title} title={run.title}>
          {run.title}
        </Link>
        <div className={styles.sub}>
          <StatusChip state={run.state} />
          {run.wish ? <span>{wishWords(run.wish)}</span> : null}
          <span>{say.number(run.number)}</span>
          <span>{say.videos(run.members)}</span>
        </div>
      </div>
      <div className={styles.bars}>
        <Bar
          share={progress.fraction}
          label={say.progress(run.title)}
          state={run.state}
          text={percent(progress.fraction)}
        />
        <div className={styles.sub} style={{ marginTop: 4 }}>
          <span>{percent(progress.fraction)}</span>
          {run.state === "running" ? <span>{doing(run)}</span> : null}
        </div>
      </div>
      <div className={styles.times}>
        <RunFacts run={run} />
      </div>
      <Actions run={run} />
      {run.note ? (
        <div className={styles.note} data-state={run.state}>
          {sentence(run.note)}
        </div>
      ) : null}
    </li>
  );
}

export function RunFacts({ run }: { run: Run }) {
  const { progress } = run;
  const took = tookS(run);
  const ended = hasEnded(run);
  const startsAt = waitsUntil(run);
  return (
    <Facts
      facts={[
        progress.rate ? say.rate(progress.rate) : null,
        typeof progress.eta_s === "number" ? say.eta(duration(progress.eta_s)) : null,
        say.calls(progress.calls),
        progress.failed ? { text: say.failed(progress.failed), bad: true } : null,
        progress.calls ? say.costs(cost(progress.cost)) : null,
        ended && run.ended_at ? say.ended(ago(run.ended_at)) : null,
        ended && took !== null ? say.took(duration(took)) : null,
        !ended && run.started_at ? say.began(ago(run.started_at)) : null,
        !run.started_at ? say.made(ago(run.created_at)) : null,
        startsAt ? say.startsAt(moment(startsAt)) : null,
      ]}
    />
  );
}

export function wishWords(wish: string): string {
  const wishes: Readonly<Record<string, string>> = say.wishes;
  return wishes[wish] ?? wish;
}

/** What is being done just now. */
export function doing({ progress }: Run): string {
  const stage = say.stages[progress.stage];
  return progress.current ? `${stage}: ${progress.current}` : stage;
}
