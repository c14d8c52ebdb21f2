/** Two runs over one video, side by side: pick them, and see where they agree. */
import { Button, NativeSelect, Select, Skeleton } from "@mantine/core";
import { IconArrowsExchange } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { Link, useNavigate, useSearch } from "@tanstack/react-router";
import { useState } from "react";

import { answer, api } from "@/api/client";
import { keys } from "@/api/keys";
import type { CompareSearch } from "@/app/addresses";
import { ago } from "@/lib/time";
import { words } from "@/strings";
import { Failure } from "@/ui/Failure";
import { Notice } from "@/ui/Notice";
import { Page } from "@/ui/Page";
import { useLate } from "@/ui/useLate";

import { Another } from "./Another";
import styles from "./compare.module.css";
import { Compared } from "./Compared";
import { type Choice, choicesOf, picked } from "./model";
import { useRunsOf, useTimeline } from "./queries";

const say = words.compare;
const OFFERED = 50;

export function ComparePage() {
  const search = useSearch({ from: "/compare" });
  const navigate = useNavigate({ from: "/compare" });
  const go = (to: CompareSearch) => void navigate({ search: to, replace: true });
  return (
    <Page title={say.title}>
      <MediaPicker media={search.media} onMedia={(media) => go({ media })} />
      {search.media ? (
        <OfMedia key={search.media} media={search.media} search={search} go={go} />
      ) : (
        <Notice title={say.none.title} text={say.none.text} />
      )}
    </Page>
  );
}

function MediaPicker(props: { media: string | undefined; onMedia: (media: string) => void }) {
  const [typed, setTyped] = useState("");
  const one = useQuery({
    queryKey: keys.mediaOne(props.media ?? ""),
    queryFn: () =>
      answer(api.GET("/api/v1/media/{id}", { params: { path: { id: props.media ?? "" } } })),
    enabled: props.media !== undefined,
  });
  const chosen = one.data?.title;
  const q = typed === chosen ? "" : typed;
  const list = useQuery({
    queryKey: keys.mediaList({ compare: true, q }),
    queryFn: () => answer(api.GET("/api/v1/media", { params: { query: { q, limit: OFFERED } } })),
  });
  const offered = (list.data?.items ?? []).map(({ id, title }) => ({ value: id, label: title }));
  const known = offered.some(({ value }) => value === one.data?.id);
  const own = one.data && !known ? [{ value: one.data.id, label: one.data.title }] : [];
  return (
    <Select
      label={say.media}
      placeholder={say.pickMedia}
      maw={420}
      mb="sm"
      searchable
      allowDeselect={false}
      value={one.data?.id ?? null}
      data={[...own, ...offered]}
      // The server has looked for it already.
      filter={({ options }) => options}
      searchValue={typed}
      onSearchChange={setTyped}
      error={list.error ? say.mediaFailed : undefined}
      onChange={(id) => {
        if (id) props.onMedia(id);
      }}
    />
  );
}

function OfMedia(props: { media: string; search: CompareSearch; go: (to: CompareSearch) => void }) {
  const { media, search, go } = props;
  const query = useTimeline(media);
  const runs = useRunsOf(media);
  const ready = query.data && runs.data;
  const late = useLate(!ready);
  const error = query.error ?? runs.error;
  if (!ready && error) {
    return (
      <Failure
        error={error}
        retry={() => {
          void query.refetch();
          void runs.refetch();
        }}
      />
    );
  }
  if (!query.data || !runs.data) {
    return late ? <Skeleton h={240} role="status" aria-label={words.common.loading} /> : null;
  }
  const choices = choicesOf(runs.data.items, query.data.runs);
  const { a, b } = picked(choices, { a: search.a, b: search.b });
  if (!a) {
    return (
      <Notice title={say.noRuns.title} text={say.noRuns.text}>
        <Button variant="default" renderRoot={(root) => <Link to="/" {...root} />}>
          {say.noRuns.way}
        </Button>
      </Notice>
    );
  }
  if (!b) {
    return (
      <Notice title={say.one.title} text={say.one.text}>
        <Another media={media} run={a.id} />
      </Notice>
    );
  }
  return (
    <>
      <div className={styles.pickers}>
        <RunPicker
          label={say.a}
          choices={choices}
          value={a.id}
          onChange={(id) => go({ media, a: id, b: b.id })}
        />
        <Button
          variant="default"
          size="sm"
          aria-label={say.swap}
          title={say.swap}
          onClick={() => go({ media, a: b.id, b: a.id })}
        >
          <IconArrowsExchange size={16} aria-hidden />
        </Button>
        <RunPicker
          label={say.b}
          choices={choices}
          value={b.id}
          onChange={(id) => go({ media, a: a.id, b: id })}
        />
        <Another media={media} run={a.id} />
      </div>
      {a.id === b.id ? (
        <Notice title={say.same} />
      ) : (
        <Compared
          key={`${a.id} ${b.id}`}
          media={media}
          a={a}
          b={b}
          duration={query.data.duration}
          live={query.data.live}
        />
      )}
    </>
  );
}

function RunPicker(props: {
  label: string;
  choices: readonly Choice[];
  value: string;
  onChange: (id: string) => void;
}) {
  return (
    <NativeSelect
      label={props.label}
      value={props.value}
      data={props.choices.map((one) => ({
        value: one.id,
        label: say.run(one.number, one.title, ago(one.beganAt)),
      }))}
      onChange={(event) => props.onChange(event.currentTarget.value)}
    />
  );
}
