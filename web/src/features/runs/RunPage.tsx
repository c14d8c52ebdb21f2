/** One run: what was asked, how far it is, what went wrong, and who answered. */
import { Anchor, Button, Skeleton, Stack, Text } from "@mantine/core";
import { Link, useParams } from "@tanstack/react-router";
import { Suspense, useState } from "react";

import { later } from "@/api/parts";
import { percent } from "@/lib/numbers";
import { moment } from "@/lib/time";
import { sentence } from "@/lib/text";
import { words } from "@/strings";
import { Failure } from "@/ui/Failure";
import { Page } from "@/ui/Page";
import { StatusChip } from "@/ui/StatusChip";
import { useLate } from "@/ui/useLate";
import { draftOf } from "@/features/rundialog/draft";

import { Actions } from "./Actions";
import { Answers } from "./Answers";
import { Bar } from "./Bar";
import { Deliveries } from "./Deliveries";
import { Facts } from "./Facts";
import { Members, useMembers } from "./Members";
import { hasEnded } from "./model";
import { type Detail, useRun } from "./queries";
import { doing, RunFacts, wishWords } from "./RunRow";
import styles from "./runs.module.css";
import { Shares } from "./Shares";
import { sentences } from "./specwords";

const RunDialog = later(() => import("@/features/rundialog/RunDialog"));
const say = words.runs;

export function RunPage() {
  const { run: id } = useParams({ from: "/runs/$run" });
  const query = useRun(id);
  const late = useLate(query.isPending);
  if (query.data) return <Ready run={query.data} />;
  return (
    <Page title={say.title}>
      {query.error ? (
        <Failure error={query.error} retry={() => void query.refetch()} />
      ) : late ? (
        <Stack role="status" aria-label={words.common.loading}>
          <Skeleton h={28} w="60%" />
          <Skeleton h={8} />
          <Skeleton h={120} />
        </Stack>
      ) : null}
    </Page>
  );
}

function Ready({ run }: { run: Detail }) {
  const { progress } = run;
  return (
    <Page title={run.title} actions={<Acts run={run} />}>
      <Text fz="sm" mb="xs">
        <Anchor component={Link} to="/runs">
          {say.page.back}
        </Anchor>
      </Text>
      <div className={styles.sub} style={{ marginBottom: 8 }}>
        <StatusChip state={run.state} />
        {run.wish ? <span>{wishWords(run.wish)}</span> : null}
        <span>{say.number(run.number)}</span>
        <span>{say.videos(run.members)}</span>
        {progress.asks_planned ? (
          <span>{say.answers(progress.asks_done, progress.asks_planned)}</span>
        ) : null}
        {progress.frames_planned ? (
          <span>{say.card.frames(progress.frames_covered, progress.frames_planned)}</span>
        ) : null}
      </div>
      <Bar
        share={progress.fraction}
        label={say.progress(run.title)}
        state={run.state}
        text={percent(progress.fraction)}
      />
      <div className={styles.sub} style={{ margin: "4px 0" }}>
        <span>{percent(progress.fraction)}</span>
        {run.state === "running" ? <span>{doing(run)}</span> : null}
        {run.state === "running" && run.worker ? <span>{say.page.worker(run.worker)}</span> : null}
      </div>
      <RunFacts run={run} />
      {run.note && !run.progress.failed ? (
        <Text mt="sm" className={styles.note} data-state={run.state}>
          {sentence(run.note)}
        </Text>
      ) : null}
      <Asked run={run} />
      <Members run={run} />
      <Shares run={run} />
      <Story run={run} />
      <Answers run={run} />
      {run.webhook ? <Deliveries run={run} /> : null}
    </Page>
  );
}

/** What is done with it, and asking it again, as it was or a little otherwise. */
function Acts({ run }: { run: Detail }) {
  const [again, setAgain] = useState(false);
  const members = useMembers(run, 0);
  const known = (members.data?.items ?? []).filter((member) => member.media !== null);
  const first = known[0]?.media;
  // Only the first page is at hand: one that is about more is asked again from the library.
  const whole = members.data ? known.length === members.data.total : false;
  // They are there from the start, so that nothing moves when it is known what they are about.
  const unknown = members.isPending;
  return (
    <>
      {run.spec && (whole || unknown) ? (
        <Button
          size="compact-sm"
          variant="default"
          disabled={unknown}
          onClick={() => setAgain(true)}
        >
          {say.act.again}
        </Button>
      ) : null}
      {first && hasEnded(run) ? (
        <Button
          size="compact-sm"
          variant="default"
          renderRoot={(root) => (
            <Link to="/compare" search={{ media: first, a: run.id }} {...root} />
          )}
        >
          {say.act.compare}
        </Button>
      ) : unknown && hasEnded(run) ? (
        <Button size="compact-sm" variant="default" disabled>
          {say.act.compare}
        </Button>
      ) : null}
      <Actions run={run} />
      {again && run.spec ? (
        <Suspense fallback={null}>
          <RunDialog
            media={known.map((member) => member.media ?? "")}
            titles={known.map((member) => member.title)}
            draft={draftOf(run.spec)}
            close={() => setAgain(false)}
          />
        </Suspense>
      ) : null}
    </>
  );
}

function Asked({ run }: { run: Detail }) {
  return (
    <section className={styles.section}>
      <h2>{say.page.asked}</h2>
      {run.spec ? (
        <Facts facts={sentences(run.spec)} />
      ) : (
        <Text fz="sm" c="dimmed">
          {say.page.unread}
        </Text>
      )}
    </section>
  );
}

function Story({ run }: { run: Detail }) {
  return (
    <section className={styles.section}>
      <h2>{say.page.story}</h2>
      <ul className={styles.story}>
        <li>
          <time dateTime={run.created_at}>{moment(run.created_at)}</time> {say.made("").trim()}
        </li>
        {run.story.map((line, place) => (
          <li key={place}>
            <time dateTime={line.at}>{moment(line.at)}</time> {line.what}
          </li>
        ))}
      </ul>
      {run.rescues ? (
        <Text fz="sm" c="dimmed" mt={4}>
          {say.page.rescued(run.rescues)}
        </Text>
      ) : null}
    </section>
  );
}
