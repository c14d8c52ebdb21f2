/** Two runs' answers to the same questions about the same frames, joined and weighed. */
import type { Schemas } from "@/api/client";

export type Evidence = Schemas["EvidenceView"];

/** What one run says of a question about a frame. */
export interface Said {
  /** The first time it was asked. */
  first: Evidence;
  /** Mean over deliberate repeats; null where nothing was answered. */
  probability: number | null;
  text: string | null;
}

export interface Pair {
  key: string;
  seconds: number;
  /** Null: a text was asked for. */
  tag: string | null;
  question: string;
  a: Said | null;
  b: Said | null;
}

/** Everything that either was asked, in order of time; what only one was asked has one side. */
export function joined(a: readonly Evidence[], b: readonly Evidence[]): Pair[] {
  const sides = [grouped(a), grouped(b)] as const;
  const keys = new Set([...sides[0].keys(), ...sides[1].keys()]);
  const pairs: Pair[] = [];
  for (const key of keys) {
    const [ofA, ofB] = [sides[0].get(key), sides[1].get(key)];
    const one = ofA?.[0] ?? ofB?.[0];
    if (!one) continue;
    pairs.push({
      key,
      seconds: one.seconds,
      tag: one.tag,
      question: one.question,
      a: ofA ? saidOf(ofA) : null,
      b: ofB ? saidOf(ofB) : null,
    });
  }
  return pairs.sort((one, other) => one.seconds - other.seconds || (one.key < other.key ? -1 : 1));
}

function grouped(all: readonly Evidence[]): Map<string, Evidence[]> {
  const groups = new Map<string, Evidence[]>();
  for (const one of all) {
    const key = keyOf(one);
    const group = groups.get(key);
    if (group) group.push(one);
    else groups.set(key, [one]);
  }
  return groups;
}

/** A tag is the same tag however each run has put it; a text is the same when its question is. */
function keyOf(one: Evidence): string {
  const frames = one.frames.map((second) => second.toFixed(4)).join(",");
  return JSON.stringify([one.tag === null ? one.question : "", one.tag, frames]);
}

function saidOf(group: readonly Evidence[]): Said | null {
  const sorted = [...group].sort((one, other) => one.sample - other.sample);
  const [first] = sorted;
  if (!first) return null;
  const known = sorted.map((one) => one.probability).filter((one) => one !== null);
  return {
    first,
    probability: known.length ? known.reduce((sum, one) => sum + one, 0) / known.length : null,
    text: sorted.find((one) => one.text !== null)?.text ?? null,
  };
}

/** From which probability on a tag is there, by its name. */
export type Thresholds = ReadonlyMap<string, number>;

const USUAL = 0.5;

export function holds(said: Said, tag: string, thresholds: Thresholds): boolean | null {
  return said.probability === null ? null : said.probability >= (thresholds.get(tag) ?? USUAL);
}

export interface Agreement {
  /** Null: of all tags. */
  tag: string | null;
  both: number;
  agree: number;
  disagree: number;
  /** Mean distance of the probabilities where both answered; null where they nowhere did. */
  difference: number | null;
  /** Frames that one of them was not asked about. */
  onlyA: number;
  onlyB: number;
  /** Frames that both were asked about, and at least one did not answer. */
  unknown: number;
}

/** Of all tags first, and of each by name. Failure counts as no answer, never as a no. */
export function agreements(
  pairs: readonly Pair[],
  thresholds: { a: Thresholds; b: Thresholds },
): Agreement[] {
  const tags = [...new Set(pairs.map((pair) => pair.tag))].filter((tag) => tag !== null).sort();
  const tagged = pairs.filter((pair) => pair.tag !== null);
  return [
    weigh(null, tagged, thresholds),
    ...tags.map((tag) =>
      weigh(
        tag,
        tagged.filter((pair) => pair.tag === tag),
        thresholds,
      ),
    ),
  ];
}

function weigh(
  tag: string | null,
  pairs: readonly Pair[],
  thresholds: { a: Thresholds; b: Thresholds },
): Agreement {
  const of: Agreement = {
    tag,
    both: 0,
    agree: 0,
    disagree: 0,
    difference: null,
    onlyA: 0,
    onlyB: 0,
    unknown: 0,
  };
  let apart = 0;
  for (const pair of pairs) {
    const { a, b } = pair;
    if (!a || !b) {
      if (a) of.onlyA += 1;
      else of.onlyB += 1;
      continue;
    }
    const name = pair.tag ?? "";
    const [inA, inB] = [holds(a, name, thresholds.a), holds(b, name, thresholds.b)];
    if (inA === null || inB === null) {
      of.unknown += 1;
      continue;
    }
    of.both += 1;
    if (inA === inB) of.agree += 1;
    else of.disagree += 1;
    apart += distance(pair) ?? 0;
  }
  return { ...of, difference: of.both ? apart / of.both : null };
}

/** How far apart the two probabilities are; null where one is not known. */
export function distance({ a, b }: Pair): number | null {
  if (!a || !b || a.probability === null || b.probability === null) return null;
  return Math.abs(a.probability - b.probability);
}

/** Frames where the two differ, most first; what is the same in both is left out. */
export function differences(pairs: readonly Pair[]): Pair[] {
  return pairs
    .filter((pair) => pair.tag !== null && (distance(pair) ?? 0) > 0)
    .sort((one, other) => (distance(other) ?? 0) - (distance(one) ?? 0));
}

export function texts(pairs: readonly Pair[]): Pair[] {
  return pairs.filter((pair) => pair.tag === null);
}

/** What one run's answers about this video took. */
export interface Took {
  models: string[];
  endpoints: string[];
  answers: number;
  /** Median of its calls. */
  latencyS: number | null;
  tokensIn: number;
  tokensOut: number;
  cost: number;
}

/** Money for a million tokens, by the endpoint's name. */
export type Prices = ReadonlyMap<string, { in: number; out: number }>;

const MILLION = 1e6;

/** One call may have answered several questions: its tokens count once. */
export function tookOf(all: readonly Evidence[], prices: Prices): Took {
  const answered = all.filter((one) => one.unknown === null);
  const own = answered.filter((one) => one.shared_from === null);
  const calls = new Map(own.map((one) => [callOf(one), one]));
  const latencies = [...calls.values()]
    .map((one) => one.latency_s)
    .filter((one) => one !== null)
    .sort((one, other) => one - other);
  const took: Took = {
    models: named(answered.map((one) => one.model)),
    endpoints: named(answered.map((one) => one.endpoint)),
    answers: answered.length,
    latencyS: latencies[Math.floor((latencies.length - 1) / 2)] ?? null,
    tokensIn: 0,
    tokensOut: 0,
    cost: 0,
  };
  for (const call of calls.values()) {
    took.tokensIn += call.tokens_in ?? 0;
    took.tokensOut += call.tokens_out ?? 0;
    took.cost += costOf(call, prices);
  }
  return took;
}

/** What the call behind an answer cost, by these prices. */
export function costOf(one: Evidence, prices: Prices): number {
  const price = one.endpoint === null ? undefined : prices.get(one.endpoint);
  if (!price) return 0;
  return ((one.tokens_in ?? 0) * price.in + (one.tokens_out ?? 0) * price.out) / MILLION;
}

function callOf(one: Evidence): string {
  return `${one.endpoint ?? ""} ${one.asked_at ?? ""} ${one.raw}`;
}

function named(all: readonly (string | null)[]): string[] {
  return [...new Set(all.filter((one) => one !== null))];
}

type TimelineRun = Schemas["TimelineRun"];

/** A run as one picks it: its recipes' work on this video together. */
export interface Choice {
  /** The run's id in the API; of a command line's, that of its one recipe. */
  id: string;
  number: number | null;
  /** What it looked for; of a command line's, the models that it asked. */
  title: string;
  beganAt: string;
}

/**
 * Runs that have answers, the latest first: those of the API, and those of the command line that
 * the timeline shows.
 */
export function choicesOf(
  runs: readonly Pick<Schemas["RunView"], "id" | "number" | "title" | "created_at" | "progress">[],
  shown: readonly TimelineRun[],
): Choice[] {
  const api = runs
    .filter((run) => run.progress.asks_done > 0)
    .map(({ id, number, title, created_at }) => ({ id, number, title, beganAt: created_at }));
  const others = shown
    .filter((run) => run.run === null)
    .map(({ id, models, began_at }) => ({
      id,
      number: null,
      title: models.join(", "),
      beganAt: began_at,
    }));
  return [...api, ...others].sort((one, other) => (one.beganAt < other.beganAt ? 1 : -1));
}

/** Those that are asked for, where they are there; else the latest two that are not the same. */
export function picked(
  choices: readonly Choice[],
  wanted: { a: string | undefined; b: string | undefined },
): { a: Choice | null; b: Choice | null } {
  const find = (id: string | undefined) => choices.find((one) => one.id === id) ?? null;
  const b = find(wanted.b);
  const a = find(wanted.a) ?? choices.find((one) => one.id !== b?.id) ?? null;
  return { a, b: b ?? choices.find((one) => one.id !== a?.id) ?? null };
}
