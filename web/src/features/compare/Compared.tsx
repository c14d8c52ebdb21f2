/** Both runs' answers, joined: figures first, then where they differ. */
import { Skeleton, Text } from "@mantine/core";
import { useMemo } from "react";

import { words } from "@/strings";
import { Failure } from "@/ui/Failure";
import { useLate } from "@/ui/useLate";

import styles from "./compare.module.css";
import { Differences } from "./Differences";
import {
  agreements,
  type Choice,
  differences,
  joined,
  texts,
  type Thresholds,
  tookOf,
} from "./model";
import { MOST_ANSWERS, useEvidence, usePrices, useTimeline } from "./queries";
import { AgreementTable, TookTable } from "./Tables";
import { Texts } from "./Texts";
import { type Track, Tracks } from "./Tracks";

const say = words.compare;

export function Compared(props: {
  media: string;
  a: Choice;
  b: Choice;
  duration: number;
  live: boolean;
}) {
  const { media, a, b, live } = props;
  const asked = [useEvidence(media, a.id, live), useEvidence(media, b.id, live)] as const;
  const found = [useTimeline(media, a.id), useTimeline(media, b.id)] as const;
  const prices = usePrices();
  const [ofA, ofB] = [asked[0].data, asked[1].data];
  const tracksA = found[0].data?.tracks;
  const tracksB = found[1].data?.tracks;
  const pairs = useMemo(() => (ofA && ofB ? joined(ofA.items, ofB.items) : []), [ofA, ofB]);
  const thresholds = useMemo(
    () => ({ a: thresholdsOf(tracksA ?? []), b: thresholdsOf(tracksB ?? []) }),
    [tracksA, tracksB],
  );
  const late = useLate(!ofA || !ofB);
  const broken = [...asked, ...found].find((query) => query.error && !query.data);
  if (broken?.error) {
    return (
      <Failure
        error={broken.error}
        retry={() => [...asked, ...found].forEach((query) => void query.refetch())}
      />
    );
  }
  if (!ofA || !ofB || !tracksA || !tracksB) {
    return late ? <Skeleton h={320} mt="md" role="status" aria-label={say.reading} /> : null;
  }
  const cut = ofA.total > ofA.items.length || ofB.total > ofB.items.length;
  return (
    <>
      {cut ? (
        <Text fz="sm" c="var(--warn)" mt="sm">
          {say.cut(MOST_ANSWERS)}
        </Text>
      ) : null}
      <AgreementTable agreements={agreements(pairs, thresholds)} />
      <Tracks a={tracksA} b={tracksB} duration={props.duration} />
      <Differences
        media={media}
        pairs={differences(pairs)}
        thresholds={thresholds}
        prices={prices}
      />
      <Texts media={media} pairs={texts(pairs)} />
      <TookTable
        sides={[
          { side: say.side.a, took: tookOf(ofA.items, prices) },
          { side: say.side.b, took: tookOf(ofB.items, prices) },
        ]}
      />
      <div className={styles.end} />
    </>
  );
}

function thresholdsOf(tracks: readonly Track[]): Thresholds {
  return new Map(tracks.map((track) => [track.tag, track.threshold]));
}
