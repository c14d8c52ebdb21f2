/** Small documents for tests. */
import type { Document, Span, Track } from "@/features/timeline/model";

export function span(start: number, end: number, more: Partial<Span> = {}): Span {
  return {
    start,
    end,
    start_range: [start, start],
    end_range: [end, end],
    confidence: 0.9,
    by: "model",
    correction: null,
    ...more,
  };
}

export function track(tag: string, spans: Span[], more: Partial<Track> = {}): Track {
  return {
    tag,
    category: null,
    run: "r1",
    threshold: 0.5,
    max_gap: 0,
    min_length: 0,
    tuned: false,
    can_tune: true,
    required: null,
    spans,
    unknown: [],
    ...more,
  };
}

export function document(tracks: Track[], more: Partial<Document> = {}): Document {
  return {
    media: "m",
    duration: 60,
    live: false,
    runs: [],
    tracks,
    descriptions: [],
    coverage: [],
    corrections: [],
    ...more,
  };
}

export function text(
  start: number,
  end: number,
  words: string | null,
  prompt = "",
  run = "r1",
): Document["descriptions"][number] {
  return { start, end, run, prompt, text: words, cut: false, frames: [start], unknown: null };
}
