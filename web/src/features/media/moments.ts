/** The timeline as a list in order of time: spans and texts, filtered, and what is on now. */
import type { Document, Span, SpanRef, Track } from "@/features/timeline/model";

export type Text = Document["descriptions"][number];

export type Moment =
  | { kind: "span"; key: string; start: number; end: number; tag: string; span: Span }
  | { kind: "text"; key: string; start: number; end: number; text: Text };

export interface MomentFilter {
  /** Words, all of which are in the tag, the text or the question. */
  words: string;
  /** Only spans of this tag. */
  tag: string | null;
}

/** Two edges this near are the same one, moved to a frame by the server. */
const SAME_EDGE_S = 0.25;

export function moments(document: Document): Moment[] {
  const all: Moment[] = [];
  for (const track of document.tracks) {
    for (const span of track.spans) {
      const key = `s ${track.tag} ${span.start}`;
      all.push({ kind: "span", key, start: span.start, end: span.end, tag: track.tag, span });
    }
  }
  const times = new Map<string, number>();
  for (const text of document.descriptions) {
    if (text.text === null) continue;
    // Not by its place: that is another one once earlier ones have come in.
    const name = `t ${text.prompt} ${text.start} ${text.run}`;
    const again = times.get(name) ?? 0;
    times.set(name, again + 1);
    const key = `${name} ${again}`;
    all.push({ kind: "text", key, start: text.start, end: text.end, text });
  }
  // The sort is stable: at the same second the tags stay in the order of their rows.
  return all.sort((a, b) => a.start - b.start);
}

export function filtered(all: readonly Moment[], filter: MomentFilter): readonly Moment[] {
  const wanted = filter.words.toLowerCase().split(/\s+/).filter(Boolean);
  if (!wanted.length && filter.tag === null) return all;
  return all.filter((moment) => {
    if (filter.tag !== null && (moment.kind !== "span" || moment.tag !== filter.tag)) return false;
    const said =
      moment.kind === "span" ? moment.tag : `${moment.text.prompt} ${moment.text.text ?? ""}`;
    const low = said.toLowerCase();
    return wanted.every((word) => low.includes(word));
  });
}

/** The place of the last moment that has begun by then; -1 before all of them. */
export function begunBy(all: readonly Moment[], seconds: number): number {
  let low = 0;
  let high = all.length;
  while (low < high) {
    const half = (low + high) >> 1;
    if ((all[half]?.start ?? Infinity) <= seconds + 1e-6) low = half + 1;
    else high = half;
  }
  return low - 1;
}

/** As many as are on show at once, about. */
const ON_SHOW = 12;

/** By how many places what is at `first` and after has moved, as others came in before it. */
export function shifted(
  before: readonly Moment[],
  after: readonly Moment[],
  first: number,
): number {
  for (let place = first; place < Math.min(before.length, first + ON_SHOW); place += 1) {
    const key = before[place]?.key;
    const now = after.findIndex((moment) => moment.key === key);
    if (now >= 0) return now - place;
  }
  return 0;
}

/** The nearest moment that begins after (or before) a second. */
export function neighbour(all: readonly Moment[], seconds: number, by: 1 | -1): Moment | null {
  if (by > 0) return all[begunBy(all, seconds + 0.02) + 1] ?? null;
  // A little back, so that going back twice does not stay where it is.
  const place = begunBy(all, seconds - 0.25);
  const found = all[place];
  if (!found) return null;
  const first = all.findIndex((moment) => moment.start === found.start);
  return all[first] ?? found;
}

export interface TagNow {
  tag: string;
  span: Span;
}

export interface Now {
  tags: TagNow[];
  /** Tags of which nothing is known here. */
  unknown: string[];
  text: Text | null;
}

/** What holds at a second. */
export function nowAt(document: Document, seconds: number): Now {
  const tags: TagNow[] = [];
  const unknown: string[] = [];
  for (const track of document.tracks) {
    const span = covering(track.spans, seconds);
    if (span) tags.push({ tag: track.tag, span });
    else if (covering(track.unknown, seconds)) unknown.push(track.tag);
  }
  return { tags, unknown, text: textAt(document, seconds) };
}

/** The plain description of that time, or the last one before it that is not over. */
function textAt(document: Document, seconds: number): Text | null {
  let found: Text | null = null;
  for (const text of document.descriptions) {
    if (text.prompt || text.text === null || text.start > seconds + 1e-6) continue;
    if (seconds < text.end && (!found || text.start >= found.start)) found = text;
  }
  return found;
}

/** Spans of a track are in order and do not overlap. */
function covering<T extends { start: number; end: number }>(
  all: readonly T[],
  seconds: number,
): T | null {
  let low = 0;
  let high = all.length;
  while (low < high) {
    const half = (low + high) >> 1;
    if ((all[half]?.start ?? Infinity) <= seconds + 1e-6) low = half + 1;
    else high = half;
  }
  const found = all[low - 1];
  return found && seconds < found.end ? found : null;
}

export interface Chosen {
  track: Track;
  span: Span;
}

/** The span that a reference means, also after its edge was moved to a frame. */
export function chosen(document: Document, ref: SpanRef | null): Chosen | null {
  if (!ref) return null;
  const track = document.tracks.find((one) => one.tag === ref.tag);
  if (!track) return null;
  let best: Span | null = null;
  for (const span of track.spans) {
    const away = Math.abs(span.start - ref.start);
    if (away <= SAME_EDGE_S && (!best || away < Math.abs(best.start - ref.start))) best = span;
  }
  return best ? { track, span: best } : null;
}

/** Questions that were put, the latest first, each with its latest answers. */
export function questions(document: Document): { prompt: string; answers: Text[] }[] {
  const began = new Map(document.runs.map((run) => [run.id, run.began_at]));
  const by = new Map<string, Text[]>();
  for (const text of document.descriptions) {
    if (!text.prompt) continue;
    by.set(text.prompt, [...(by.get(text.prompt) ?? []), text]);
  }
  return [...by]
    .map(([prompt, answers]) => ({ prompt, answers }))
    .sort((a, b) => latest(b.answers, began).localeCompare(latest(a.answers, began)));
}

function latest(answers: readonly Text[], began: ReadonlyMap<string, string>): string {
  return (
    answers
      .map((text) => began.get(text.run) ?? "")
      .sort()
      .at(-1) ?? ""
  );
}
