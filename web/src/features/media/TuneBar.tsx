import { Button, Group, Slider } from "@mantine/core";
import { useEffect, useMemo, useRef } from "react";

import { words } from "@/strings";

import { heights, histogram } from "./histogram";
import styles from "./Tune.module.css";
import type { Numbers, Tuning } from "./useTuning";

const said = words.media.tune;
const BINS = 40;

/** The sliders of one tag: spans move as one drags, and nothing is kept before one says so. */
export function TuneBar(props: {
  tuning: Tuning;
  duration: number;
  onChange: (numbers: Numbers) => void;
  onKeep: () => void;
  onReset: () => void;
  onDrop: () => void;
}) {
  const { numbers, trial, problem, kept } = props.tuning;
  const change = (part: Partial<Numbers>) => props.onChange({ ...numbers, ...part });
  const most = Math.max(5, Math.min(60, Math.round(props.duration / 4)));
  const box = useRef<HTMLElement>(null);
  useEffect(() => {
    box.current?.querySelector<HTMLElement>("[role=slider]")?.focus();
  }, [numbers.tag]);
  const spans = trial?.track.spans;
  const sum = spans?.reduce((all, span) => all + span.end - span.start, 0) ?? 0;
  return (
    <section className={styles.bar} ref={box} aria-label={said.title(numbers.tag)}>
      <div className={styles.head}>
        <h2>{said.title(numbers.tag)}</h2>
        <span className={styles.found} role="status" data-bad={problem !== null}>
          {problem ?? (spans ? (spans.length ? said.found(spans.length, sum) : said.nothing) : "")}
        </span>
        <Group gap={4} wrap="nowrap">
          <Button size="compact-xs" variant="default" onClick={props.onDrop}>
            {said.drop}
          </Button>
          <Button
            size="compact-xs"
            variant="default"
            title={said.resetHint}
            disabled={!kept}
            onClick={props.onReset}
          >
            {said.reset}
          </Button>
          <Button size="compact-xs" disabled={!trial} onClick={props.onKeep}>
            {said.keep}
          </Button>
        </Group>
      </div>
      <div className={styles.sliders}>
        <div>
          <Label name={said.threshold} value={numbers.threshold.toFixed(2)} />
          <Histogram points={trial?.points ?? []} threshold={numbers.threshold} />
          <Slider
            size="xs"
            label={null}
            thumbLabel={said.threshold}
            min={0}
            max={1}
            step={0.01}
            value={numbers.threshold}
            onChange={(threshold) => change({ threshold })}
          />
        </div>
        <Seconds
          name={said.gap}
          value={numbers.max_gap}
          most={most}
          change={(max_gap) => change({ max_gap })}
        />
        <Seconds
          name={said.length}
          value={numbers.min_length}
          most={most}
          change={(min_length) => change({ min_length })}
        />
      </div>
    </section>
  );
}

function Seconds(props: {
  name: string;
  value: number;
  most: number;
  change: (value: number) => void;
}) {
  return (
    <div className={styles.plain}>
      <Label name={props.name} value={said.seconds(props.value)} />
      <Slider
        size="xs"
        label={null}
        thumbLabel={props.name}
        min={0}
        max={Math.max(props.most, Math.ceil(props.value))}
        step={0.1}
        value={props.value}
        onChange={(value) => props.change(Math.round(value * 10) / 10)}
      />
    </div>
  );
}

function Label({ name, value }: { name: string; value: string }) {
  return (
    <div className={styles.label}>
      <span>{name}</span>
      <b>{value}</b>
    </div>
  );
}

function Histogram({
  points,
  threshold,
}: {
  points: readonly (readonly number[])[];
  threshold: number;
}) {
  const probabilities = useMemo(() => points.map((point) => point[1] ?? 0), [points]);
  const bars = useMemo(() => heights(histogram(probabilities, BINS)), [probabilities]);
  const above = probabilities.filter((one) => one >= threshold).length;
  return (
    <svg
      className={styles.histogram}
      viewBox={`0 0 ${BINS} 10`}
      preserveAspectRatio="none"
      role="img"
      aria-label={said.histogram(above, probabilities.length)}
    >
      {bars.map((height, place) => (
        <rect
          key={place}
          x={place + 0.1}
          width={0.8}
          y={10 - height * 10}
          height={height * 10}
          data-above={(place + 0.5) / BINS >= threshold}
        />
      ))}
      <line x1={threshold * BINS} x2={threshold * BINS} y1={0} y2={10} />
    </svg>
  );
}
