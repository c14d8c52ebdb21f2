import { Button } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { Link, useNavigate } from "@tanstack/react-router";

import { answer, api } from "@/api/client";
import { keys } from "@/api/keys";
import { words } from "@/strings";
import { Failure } from "@/ui/Failure";

import { useRuns } from "./data";
import { useDesk } from "./desk";
import styles from "./Media.module.css";

const said = words.media.timeline;
const GOING = new Set(["queued", "running", "paused"]);

/** What is said over the timeline where it has nothing to show. */
export function Over(props: { error: Error | null; retry: () => void; unasked: boolean }) {
  if (props.error) {
    return (
      <div className={styles.over}>
        <Failure title={said.failed} error={props.error} retry={props.retry} />
      </div>
    );
  }
  return props.unasked ? <Unasked /> : null;
}

function Unasked() {
  const { analyze, mayOperate, media } = useDesk();
  const state = media.standing?.state ?? "new";
  const endpoints = useQuery({
    queryKey: keys.endpoints,
    queryFn: () => answer(api.GET("/api/v1/endpoints")),
  });
  const all = endpoints.data?.items ?? [];
  const bare = endpoints.data !== undefined && all.every((one) => one.kind === "pixels");
  return (
    <div className={styles.over}>
      {state === "new" ? (
        <p>
          <strong>{said.none}</strong> {said.noneHint}
        </p>
      ) : GOING.has(state) ? (
        <p>
          <strong>{said.going}</strong> {said.goingHint}
        </p>
      ) : (
        <p>
          <strong>{said.empty}</strong> {media.standing?.note}
        </p>
      )}
      {bare ? (
        <p>
          {said.pixelsOnly} <Link to="/endpoints">{said.attach}</Link>
        </p>
      ) : null}
      {mayOperate ? (
        <Button size="xs" variant="default" onClick={analyze}>
          {words.media.header.analyze}
        </Button>
      ) : null}
    </div>
  );
}

/** Says that one run is shown alone, and leads back to all. */
export function Only({ run }: { run: string }) {
  const { media } = useDesk();
  const navigate = useNavigate({ from: "/media/$id" });
  const runs = useRuns(media.id);
  const found = runs.data?.items.find((one) => one.id === run || String(one.number) === run);
  return (
    <div className={styles.only}>
      <span>{said.only(found ? words.media.runs.name(found.number) : run)}</span>
      <Button
        size="compact-xs"
        variant="default"
        onClick={() =>
          void navigate({ search: ({ t }) => (t === undefined ? {} : { t }), replace: true })
        }
      >
        {said.showAll}
      </Button>
    </div>
  );
}
