/** A made-up timeline of any size, the same each time: for tests and the benchmark. */
import type { Document, Signals, Span, Track } from "./model";

export interface Size {
  readonly spans: number;
  readonly tags: number;
  readonly minutes: number;
  readonly points: number;
  readonly seed: number;
}

/** Mulberry32: small, and the same everywhere. */
function chance(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296;
  };
}

const NAMES = [
  "car",
  "person",
  "dog",
  "bicycle",
  "umbrella",
  "outdoors at night",
  "boat",
  "close-up of hands",
  "snow",
  "crowd",
];

function nameOf(place: number): string {
  const name = NAMES[place % NAMES.length] ?? "tag";
  return place < NAMES.length ? name : `${name} ${Math.floor(place / NAMES.length) + 1}`;
}

function spansOf(count: number, duration: number, random: () => number): Span[] {
  const room = duration / count;
  return Array.from({ length: count }, (_, place) => {
    const start = place * room + random() * room * 0.4;
    const end = start + room * (0.05 + random() * 0.5);
    const soft = () => random() * room * 0.08;
    const person = random() < 0.06;
    return {
      start,
      end,
      start_range: [start - (person ? 0 : soft()), start] as [number, number],
      end_range: [end, end + (person ? 0 : soft())] as [number, number],
      confidence: person ? 1 : 0.5 + random() * 0.5,
      by: person ? "person" : "model",
      correction: person || random() < 0.05 ? `c${place}` : null,
    };
  });
}

function trackOf(place: number, size: Size, random: () => number): Track {
  const duration = size.minutes * 60;
  const spans = spansOf(Math.ceil(size.spans / size.tags), duration, random);
  const gap = duration * (0.1 + 0.7 * random());
  const unknown = place % 3 === 2 ? [[gap, gap + duration * 0.06] as const] : [];
  return {
    tag: nameOf(place),
    category: null,
    run: "tags",
    threshold: 0.5,
    max_gap: 1,
    min_length: 0,
    tuned: place % 5 === 1,
    can_tune: true,
    required: null,
    spans: spans.filter(({ start, end }) => unknown.every(([a, b]) => end < a || start > b)),
    unknown: unknown.map(([start, end]) => ({
      start,
      end,
      reason: "failed" as const,
      detail: "laptop refused the connection",
    })),
  };
}

const SENTENCES = [
  "A red car turns into a narrow street while two people wait at the crossing.",
  "Nothing moves; the lamp over the door is on.",
  "A woman with an umbrella walks a dog past the shop window.",
  "Boats leave the harbour one after another, gulls above them.",
];

function textsOf(duration: number, random: () => number): Document["descriptions"] {
  const found: Document["descriptions"] = [];
  for (let start = 0; start < duration;) {
    const end = Math.min(duration, start + duration * (0.01 + 0.03 * random()));
    const failed = random() < 0.08;
    found.push({
      start,
      end,
      run: "texts",
      prompt: "",
      text: failed ? null : (SENTENCES[Math.floor(random() * SENTENCES.length)] ?? ""),
      cut: false,
      frames: [start],
      unknown: failed ? { start, end, reason: "budget", detail: "" } : null,
    });
    start = end;
  }
  found.push({
    start: 0,
    end: duration,
    run: "answer",
    prompt: "What happens in the harbour?",
    text: "Boats leave it at 0:12 and come back at dusk.",
    cut: false,
    frames: [0],
    unknown: null,
  });
  return found;
}

function runOf(id: string, number: number, recipe: string): Document["runs"][number] {
  return {
    id,
    run: id,
    number,
    recipe,
    state: "partial",
    note: "",
    models: ["made-up"],
    endpoints: ["desktop"],
    began_at: "2026-01-31T12:00:00Z",
    ended_at: "2026-01-31T12:05:00Z",
    frames_sampled: 100,
    asks_done: 100,
    asks_planned: 100,
    answers: 100,
    distrusted: 0,
  };
}

function signalsOf(size: Size, random: () => number): Signals {
  const duration = size.minutes * 60;
  let motion = 20;
  const points = Array.from({ length: size.points }, (_, place) => {
    motion = motion * 0.93 + random() * 3 + (random() < 0.03 ? 60 * random() : 0);
    return {
      seconds: (place * duration) / size.points,
      brightness: 120,
      sharpness: 20,
      motion: Math.min(255, motion),
      change: 1,
    };
  });
  const stretch = (from: number, to: number) => ({
    start_s: from * duration,
    end_s: to * duration,
  });
  return {
    measured: points.length,
    complete: true,
    points,
    cuts: Array.from({ length: Math.round(size.minutes * 4) }, () => random() * duration).toSorted(
      (a, b) => a - b,
    ),
    alike: [stretch(0.1, 0.16), stretch(0.4, 0.43), stretch(0.8, 0.9)],
    black: [stretch(0, 0.004), stretch(0.5, 0.51)],
    frozen: [stretch(0.62, 0.66)],
  };
}

export function madeUp(size: Size): { document: Document; signals: Signals } {
  const random = chance(size.seed);
  const duration = size.minutes * 60;
  const part = (from: number, to: number): [number, number] => [from * duration, to * duration];
  const document: Document = {
    media: "made-up",
    duration,
    live: false,
    runs: [runOf("tags", 12, "tagging"), runOf("texts", 13, "describing")],
    tracks: Array.from({ length: size.tags }, (_, place) => trackOf(place, size, random)),
    descriptions: textsOf(duration, random),
    coverage: [
      {
        run: "tags",
        asked: [part(0, 0.2), part(0.3, 0.7)],
        shared: [part(0.2, 0.3)],
        unknown: [part(0.7, 0.78)],
      },
      { run: "texts", asked: [part(0, 0.95)], shared: [], unknown: [] },
    ],
    corrections: [],
  };
  return { document, signals: signalsOf(size, random) };
}
