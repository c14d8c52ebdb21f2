/** All runs, newest first, and what goes on now. */
import { Button, Chip, Group, NativeSelect, Skeleton, Text, VisuallyHidden } from "@mantine/core";
import { Link, useNavigate, useSearch } from "@tanstack/react-router";
import { useState } from "react";

import { count } from "@/lib/numbers";
import { words } from "@/strings";
import { Failure } from "@/ui/Failure";
import { Notice } from "@/ui/Notice";
import { Page } from "@/ui/Page";
import { useLate } from "@/ui/useLate";

import { Enrichment } from "./Enrichment";
import { STATES, stateOf } from "./model";
import { useGoingOn, useRuns, type Wanted } from "./queries";
import { RunRow } from "./RunRow";
import styles from "./runs.module.css";

const say = words.runs;

export function RunsPage() {
  const search = useSearch({ from: "/runs" });
  const navigate = useNavigate({ from: "/runs" });
  const [source, setSource] = useState<string | null>(null);
  const wanted: Wanted = {
    state: (search.state ?? []).map(stateOf).filter((state) => state !== null),
    source,
    media: search.media ?? null,
  };
  const goingOn = useGoingOn();
  const filtered = wanted.state.length > 0 || source !== null || wanted.media !== null;
  return (
    <Page title={say.title}>
      <Enrichment runs={goingOn.data?.items ?? []} />
      <VisuallyHidden>
        <h2>{say.list}</h2>
      </VisuallyHidden>
      <Filters
        wanted={wanted}
        onState={(state) =>
          void navigate({
            search: {
              ...(state.length ? { state } : {}),
              ...(wanted.media ? { media: wanted.media } : {}),
            },
            replace: true,
          })
        }
        onSource={setSource}
      />
      <Listed
        wanted={wanted}
        filtered={filtered}
        showAll={() => {
          setSource(null);
          void navigate({ search: {} });
        }}
      />
    </Page>
  );
}

function Filters(props: {
  wanted: Wanted;
  onState: (state: string[]) => void;
  onSource: (source: string | null) => void;
}) {
  const { wanted } = props;
  const sources = Object.entries(say.sources).map(([value, label]) => ({ value, label }));
  return (
    <div className={styles.filters}>
      <Chip.Group multiple value={[...wanted.state]} onChange={props.onState}>
        <div role="group" aria-label={say.filter} style={{ display: "contents" }}>
          {STATES.map((state) => (
            <Chip key={state} value={state} size="xs" variant="outline">
              {words.common.states[state]}
            </Chip>
          ))}
        </div>
      </Chip.Group>
      <NativeSelect
        size="xs"
        aria-label={say.source}
        value={wanted.source ?? ""}
        data={[{ value: "", label: say.anySource }, ...sources]}
        onChange={(event) => props.onSource(event.currentTarget.value || null)}
      />
      {wanted.media ? (
        <Button component={Link} to="/runs" size="compact-xs" variant="light">
          {say.ofOne} · {say.allMedia}
        </Button>
      ) : null}
    </div>
  );
}

function Listed(props: { wanted: Wanted; filtered: boolean; showAll: () => void }) {
  const query = useRuns(props.wanted);
  const late = useLate(query.isPending);
  if (query.isPending) return late ? <Rows /> : null;
  if (query.error && !query.data) {
    return <Failure error={query.error} retry={() => void query.refetch()} />;
  }
  const [first] = query.data.pages;
  const runs = query.data.pages.flatMap((page) => page.items);
  if (runs.length === 0) {
    return props.filtered ? (
      <Notice title={say.noneSuch.title} text={say.noneSuch.text}>
        <Button variant="default" onClick={props.showAll}>
          {say.noneSuch.way}
        </Button>
      </Notice>
    ) : (
      <Notice title={say.empty.title} text={say.empty.text}>
        <Button component={Link} to="/" variant="default">
          {say.empty.way}
        </Button>
      </Notice>
    );
  }
  const total = first?.total ?? runs.length;
  return (
    <>
      <ul className={styles.rows}>
        {runs.map((run) => (
          <RunRow key={run.id} run={run} />
        ))}
      </ul>
      <Group justify="center" mt="md" gap="sm">
        <Text fz="sm" c="dimmed" aria-label={count(total)}>
          {say.shown(runs.length, total)}
        </Text>
        {query.hasNextPage ? (
          <Button
            size="xs"
            variant="default"
            loading={query.isFetchingNextPage}
            onClick={() => void query.fetchNextPage()}
          >
            {say.more}
          </Button>
        ) : null}
      </Group>
    </>
  );
}

const SKELETONS = [1, 2, 3, 4, 5];

function Rows() {
  return (
    <ul className={styles.rows} aria-label={words.common.loading}>
      {SKELETONS.map((row) => (
        <li key={row} className={styles.row}>
          <Skeleton h={30} />
          <Skeleton h={8} />
          <Skeleton h={14} />
          <span />
        </li>
      ))}
    </ul>
  );
}
