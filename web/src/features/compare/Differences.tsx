/** The frames about which two runs differ most, with the picture and both answers. */
import { Button, Text } from "@mantine/core";
import { Link } from "@tanstack/react-router";
import { useState } from "react";

import { frameUrl } from "@/lib/pictures";
import { timecode } from "@/lib/time";
import { words } from "@/strings";

import styles from "./compare.module.css";
import {
  costOf,
  distance,
  holds,
  type Pair,
  type Prices,
  type Said,
  type Thresholds,
} from "./model";

const say = words.compare;
const AT_ONCE = 12;
const WIDTH = 320;

export function Differences(props: {
  media: string;
  pairs: readonly Pair[];
  thresholds: { a: Thresholds; b: Thresholds };
  prices: Prices;
}) {
  const [shown, setShown] = useState(AT_ONCE);
  const { pairs } = props;
  return (
    <section className={styles.section}>
      <h2>{say.differences}</h2>
      {pairs.length === 0 ? (
        <Text fz="sm" c="dimmed">
          {say.noDifferences}
        </Text>
      ) : (
        <ul className={styles.cards}>
          {pairs.slice(0, shown).map((pair) => (
            <Card key={pair.key} {...props} pair={pair} />
          ))}
        </ul>
      )}
      {pairs.length > shown ? (
        <Button size="xs" variant="default" mt="sm" onClick={() => setShown(shown + AT_ONCE)}>
          {say.more(pairs.length - shown)}
        </Button>
      ) : null}
    </section>
  );
}

function Card(props: {
  media: string;
  pair: Pair;
  thresholds: { a: Thresholds; b: Thresholds };
  prices: Prices;
}) {
  const { media, pair, thresholds, prices } = props;
  const time = timecode(pair.seconds);
  const tag = pair.tag ?? "";
  return (
    <li className={styles.card}>
      <Picture media={media} seconds={pair.seconds} alt={say.frameAt(time, tag)} />
      <div className={styles.said}>
        <div className={styles.head}>
          <strong>{tag}</strong>
          <Link
            to="/media/$id"
            params={{ id: media }}
            search={{ t: pair.seconds }}
            aria-label={say.open(time)}
          >
            {time}
          </Link>
          <span>{say.differ((distance(pair) ?? 0).toFixed(2))}</span>
        </div>
        <Side side={say.side.a} said={pair.a} tag={tag} at={thresholds.a} prices={prices} />
        <Side side={say.side.b} said={pair.b} tag={tag} at={thresholds.b} prices={prices} />
      </div>
    </li>
  );
}

/** Keeps its place while it is fetched: nothing jumps. */
export function Picture(props: { media: string; seconds: number; alt: string }) {
  return (
    <img
      className={styles.picture}
      loading="lazy"
      alt={props.alt}
      src={frameUrl(props.media, props.seconds, WIDTH)}
    />
  );
}

function Side(props: {
  side: string;
  said: Said | null;
  tag: string;
  at: Thresholds;
  prices: Prices;
}) {
  const { said } = props;
  if (!said) return null;
  const { first } = said;
  const present = holds(said, props.tag, props.at);
  const facts = [
    first.endpoint ?? "",
    first.latency_s === null ? "" : say.latency(first.latency_s),
    first.tokens_in === null ? "" : say.callTokens(first.tokens_in, first.tokens_out ?? 0),
    first.tokens_in === null ? "" : say.costs(costOf(first, props.prices)),
    first.shared_from === null ? "" : say.shared,
  ];
  return (
    <div className={styles.side}>
      <span className={styles.letter}>{props.side}</span>
      <div>
        <div>
          <strong>
            {present === null ? "" : present ? say.yes : say.no} {said.probability?.toFixed(3)}
          </strong>{" "}
          {first.model}
        </div>
        <div className={styles.facts}>{facts.filter(Boolean).join(" · ")}</div>
      </div>
    </div>
  );
}
