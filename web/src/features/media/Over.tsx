import { Button } from "@mantine/core";
import { Link, useNavigate } from "@tanstack/react-router";

import { useKnownEndpoints } from "@/api/endpoints";
import { words } from "@/strings";
import { Failure } from "@/ui/Failure";

import { going, useRuns } from "./data";
import { useDesk } from "./desk";
import styles from "./Media.module.css";

const said = words.media.timeline;

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
  const endpoints = useKnownEndpoints();
  const all = endpoints.data?.items ?? [];
  const bare = endpoints.data !== undefined && all.every((one) => one.kind === "pixels");
  return (
    <div className={styles.over}>
      {state === "new" ? (
        <p>
          <strong>{said.none}</strong> {said.noneHint}
        </p>
      ) : going({ state }) ? (
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
