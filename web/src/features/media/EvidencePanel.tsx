import { Button, Skeleton } from "@mantine/core";
import { keepPreviousData, useInfiniteQuery } from "@tanstack/react-query";
import { useState } from "react";

import { answer, api, every } from "@/api/client";
import { keys } from "@/api/keys";
import { count } from "@/lib/numbers";
import { frameUrl } from "@/lib/pictures";
import { words } from "@/strings";
import { Failure } from "@/ui/Failure";
import { Timecode } from "@/ui/Timecode";
import { useLate } from "@/ui/useLate";

import type { Evidence } from "./data";
import { useDesk } from "./desk";
import { EvidenceDetail, shortly, spoken } from "./EvidenceDetail";
import styles from "./Evidence.module.css";
import { chosen } from "./moments";

const said = words.media.evidence;
const PAGE = 60;
const AGAIN_MS = 5000;
/** Frames that touch the edge of a stretch limit it, and belong to what is shown. */
const EDGE_S = 0.002;
const AROUND_S = 2;

interface About {
  tag: string | null;
  start: number;
  end: number;
}

/** The frames that were asked about, and each answer with where it comes from. */
export function EvidencePanel() {
  const { document, selected, transport } = useDesk();
  const [around, setAround] = useState(() => transport.playhead.seconds);
  const picked = chosen(document, selected);
  const about: About = picked
    ? {
        tag: picked.track.tag,
        start: Math.max(0, picked.span.start_range[0] - EDGE_S),
        end: picked.span.end_range[1] + EDGE_S,
      }
    : { tag: null, start: Math.max(0, around - AROUND_S), end: around + AROUND_S };
  return (
    <div className={styles.evidence}>
      <div className={styles.head}>
        <h3>
          {picked
            ? said.of(picked.track.tag, picked.span.start, picked.span.end)
            : said.around(around)}
        </h3>
        {picked ? null : (
          <Button
            size="compact-xs"
            variant="default"
            onClick={() => setAround(transport.playhead.seconds)}
          >
            {said.here}
          </Button>
        )}
      </div>
      <Answers key={`${about.tag ?? ""} ${about.start} ${about.end}`} about={about} />
    </div>
  );
}

function Answers({ about }: { about: About }) {
  const { media, document, run, transport } = useDesk();
  const { live } = document;
  const of = {
    start: about.start,
    end: about.end,
    ...(about.tag === null ? {} : { tag: about.tag }),
    ...(run === undefined ? {} : { run }),
  };
  const found = useInfiniteQuery({
    // While a run goes on there is more each time; once it has ended, a last time.
    queryKey: keys.evidence(media.id, { ...of, live }),
    queryFn: ({ pageParam }) =>
      answer(
        api.GET("/api/v1/media/{id}/evidence", {
          params: { path: { id: media.id }, query: { ...of, offset: pageParam, limit: PAGE } },
        }),
      ),
    initialPageParam: 0,
    getNextPageParam: (last, all) =>
      all.length * PAGE < last.total ? all.length * PAGE : undefined,
    placeholderData: keepPreviousData,
    refetchInterval: () => (live ? every(AGAIN_MS) : false),
  });
  const late = useLate(found.isPending);
  const [place, setPlace] = useState(0);
  if (found.error && !found.data) {
    return <Failure title={said.failed} error={found.error} retry={() => void found.refetch()} />;
  }
  if (!found.data) return late ? <Skeleton height={110} m="sm" w="auto" /> : null;
  const items = found.data.pages.flatMap((page) => page.items);
  const total = found.data.pages[0]?.total ?? 0;
  const shown = items[Math.min(place, items.length - 1)];
  if (!shown) {
    return (
      <p className={styles.quiet}>
        {said.none} {said.noneHint}
      </p>
    );
  }
  const pick = (to: number) => {
    const one = items[to];
    if (!one) return;
    setPlace(to);
    transport.seek(one.seconds);
  };
  return (
    <>
      <ol className={styles.strip} aria-label={said.strip} tabIndex={-1}>
        {items.map((one, at) => (
          <li key={`${one.run} ${one.tag ?? one.question} ${one.seconds} ${one.sample}`}>
            <Frame of={one} on={one === shown} pick={() => pick(at)} media={media.id} />
          </li>
        ))}
        {found.hasNextPage ? (
          <li className={styles.more}>
            <Button
              size="compact-xs"
              variant="default"
              loading={found.isFetchingNextPage}
              onClick={() => void found.fetchNextPage()}
            >
              {said.more(total - items.length)}
            </Button>
          </li>
        ) : null}
      </ol>
      <p className={styles.quiet}>
        {said.shown(items.length, total)} · <Timecode seconds={shown.seconds} digits={3} />
      </p>
      <EvidenceDetail of={shown} />
    </>
  );
}

function Frame(props: { of: Evidence; on: boolean; pick: () => void; media: string }) {
  const { of } = props;
  const share = of.probability ?? null;
  return (
    <button
      type="button"
      className={styles.frame}
      aria-label={said.frame(of.seconds, spoken(of))}
      aria-pressed={props.on}
      onClick={props.pick}
    >
      <img
        src={frameUrl(props.media, of.seconds, 160)}
        alt=""
        width={96}
        height={54}
        loading="lazy"
      />
      <span className={`${styles.meter} ${of.unknown ? "hatched" : ""}`}>
        {share === null ? null : <i style={{ width: `${count(Math.round(share * 100))}%` }} />}
      </span>
      <small>
        {shortly(of)}
        {of.shared_from === null ? "" : " ="}
      </small>
      {of.distrusted ? (
        <small className={styles.distrusted}>{words.media.distrusted.mark}</small>
      ) : null}
    </button>
  );
}
