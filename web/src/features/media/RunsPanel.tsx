import { Button, Group } from "@mantine/core";
import { Link, useNavigate } from "@tanstack/react-router";
import { useMemo, useState } from "react";

import { answer, api } from "@/api/client";
import type { Spec } from "@/features/rundialog/draft";
import { ago } from "@/lib/time";
import { words } from "@/strings";
import { Failure } from "@/ui/Failure";
import { StatusChip } from "@/ui/StatusChip";
import { failed } from "@/ui/toast";

import { Corrections } from "./Corrections";
import { going, type Run, useRuns, useTimeline } from "./data";
import { useDesk } from "./desk";
import { AskAnew } from "./DistrustedLine";
import styles from "./Runs.module.css";

const said = words.media.runs;

/** What one run of the list is behind, as far as the timeline shows it. */
interface Behind {
  models: string[];
  endpoints: string[];
  recipes: string[];
  answers: number;
  distrusted: number;
}

export function RunsPanel({ onAgain }: { onAgain: (spec: Spec) => void }) {
  const { media, run } = useDesk();
  const runs = useRuns(media.id);
  // All of it, also while one run is shown alone.
  const whole = useTimeline(media.id, undefined).data;
  const behind = useMemo(() => {
    const by = new Map<string, Behind>();
    for (const one of whole?.runs ?? []) {
      const key = one.run ?? one.id;
      const so = by.get(key) ?? {
        models: [],
        endpoints: [],
        recipes: [],
        answers: 0,
        distrusted: 0,
      };
      by.set(key, {
        models: [...new Set([...so.models, ...one.models])],
        endpoints: [...new Set([...so.endpoints, ...one.endpoints])],
        recipes: [...new Set([...so.recipes, one.recipe])],
        answers: so.answers + one.answers,
        distrusted: so.distrusted + one.distrusted,
      });
    }
    return by;
  }, [whole]);
  if (runs.error && !runs.data) {
    return <Failure title={said.failed} error={runs.error} retry={() => void runs.refetch()} />;
  }
  if (!runs.data) return null;
  const lines = (whole?.runs ?? []).filter((one) => one.run === null);
  return (
    <div className={styles.runs}>
      <h3>{said.title}</h3>
      {runs.data.items.length || lines.length ? (
        <ul className={styles.list}>
          {runs.data.items.map((one, place) => (
            <RunItem
              key={one.id}
              of={one}
              behind={behind.get(one.id)}
              before={runs.data.items[place + 1]?.id}
              alone={run === one.id || run === String(one.number)}
              onAgain={onAgain}
            />
          ))}
          {lines.map((one) => (
            <li key={one.id}>
              <div className={styles.head}>
                <b>{said.commandLine}</b>
                <StatusChip state={one.state} />
                <small>{ago(one.began_at)}</small>
              </div>
              <Facts
                behind={{ ...one, recipes: [one.recipe] }}
                asks={said.asks(one.asks_done, one.asks_planned)}
                note={one.note}
              />
            </li>
          ))}
        </ul>
      ) : (
        <p className={styles.quiet}>{said.none}</p>
      )}
      <Corrections />
    </div>
  );
}

async function specOf(run: string): Promise<Spec | null> {
  const detail = await answer(api.GET("/api/v1/runs/{run}", { params: { path: { run } } }));
  return detail.spec ?? null;
}

function RunItem(props: {
  of: Run;
  behind: Behind | undefined;
  /** The run before this one, to compare it with. */
  before: string | undefined;
  alone: boolean;
  onAgain: (spec: Spec) => void;
}) {
  const { of, alone } = props;
  const { media, mayOperate } = useDesk();
  const navigate = useNavigate({ from: "/media/$id" });
  const [busy, setBusy] = useState(false);
  const show = (run: string | undefined) =>
    void navigate({
      search: ({ t }) => ({ ...(t === undefined ? {} : { t }), ...(run ? { run } : {}) }),
      replace: true,
    });
  const again = async () => {
    setBusy(true);
    try {
      const spec = await specOf(of.id);
      if (spec) props.onAgain(spec);
    } catch (error) {
      failed(error);
    }
    setBusy(false);
  };
  const { progress } = of;
  return (
    <li data-alone={alone}>
      <div className={styles.head}>
        <Link to="/runs/$run" params={{ run: of.id }} title={of.title}>
          {of.number}. {of.title}
        </Link>
        <StatusChip state={of.state} />
        <small>{ago(of.created_at)}</small>
      </div>
      <Facts
        behind={props.behind}
        asks={
          of.members > 1
            ? said.members(of.members)
            : said.asks(progress.asks_done, progress.asks_planned)
        }
        note={of.note}
      />
      <Group gap={4}>
        <Button
          size="compact-xs"
          variant={alone ? "light" : "default"}
          aria-pressed={alone}
          onClick={() => show(alone ? undefined : of.id)}
        >
          {alone ? said.all : said.only}
        </Button>
        {props.before ? (
          <Button
            size="compact-xs"
            variant="default"
            title={said.compareHint}
            onClick={() =>
              void navigate({
                to: "/compare",
                search: { media: media.id, ...(props.before ? { a: props.before } : {}), b: of.id },
              })
            }
          >
            {said.compare}
          </Button>
        ) : null}
        {mayOperate && props.behind?.distrusted && !going(of) ? <AskAnew runs={[of.id]} /> : null}
        {mayOperate ? (
          <Button size="compact-xs" variant="default" loading={busy} onClick={() => void again()}>
            {said.again}
          </Button>
        ) : null}
      </Group>
    </li>
  );
}

function Facts(props: { behind: Behind | undefined; asks: string; note: string }) {
  const { behind } = props;
  const parts = [
    ...(behind?.recipes.map((one) => said.recipes[one] ?? one) ?? []),
    props.asks,
    ...(behind?.models.length ? [said.by(behind.models.join(", "))] : []),
    ...(behind?.endpoints.length ? [said.at(behind.endpoints.join(", "))] : []),
  ];
  return (
    <>
      <p className={styles.facts}>{parts.join(" · ")}</p>
      {props.note ? <p className={styles.note}>{props.note}</p> : null}
      {behind?.distrusted ? (
        <p className={styles.note}>
          {words.media.distrusted.its(behind.distrusted, behind.answers)}
        </p>
      ) : null}
    </>
  );
}
