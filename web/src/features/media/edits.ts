/**
 * What a person has just said of a tag, drawn before the server has worked it in. The same rules as
 * the server's, but for its moving of edges to frames: what comes back differs by a frame at most.
 */
import type { Document, Edit, Span, Track } from "@/features/timeline/model";

/** What a cut leaves of a span and is shorter than this goes, too; as the server has it. */
const SLIVER_S = 0.5;
/** Of a span that is taken in for its greater part, a rest longer than this stays all the same. */
const REST_S = 5;

export interface Pending {
  id: number;
  edit: Edit;
}

export function withEdits(document: Document, pending: readonly Pending[]): Document {
  return pending.reduce((so, { edit, id }) => withEdit(so, edit, id), document);
}

function withEdit(document: Document, edit: Edit, id: number): Document {
  const at = document.tracks.findIndex((track) => track.tag === edit.tag);
  if (at >= 0) {
    const tracks = document.tracks.map((track, place) =>
      place === at ? workedIn(track, edit, id) : track,
    );
    return { ...document, tracks };
  }
  if (!edit.present) return document;
  return { ...document, tracks: [...document.tracks, workedIn(byPeople(edit.tag), edit, id)] };
}

function byPeople(tag: string): Track {
  return {
    tag,
    category: null,
    run: null,
    threshold: 0.5,
    max_gap: 0,
    min_length: 0,
    tuned: false,
    can_tune: false,
    required: null,
    spans: [],
    unknown: [],
  };
}

function workedIn(track: Track, edit: Edit, id: number): Track {
  const cleared = united([[edit.start, edit.end], ...(edit.replaces ? [edit.replaces] : [])]);
  const spans = track.spans.flatMap((span) => leftOf(span, cleared));
  if (edit.present) {
    spans.push({
      start: edit.start,
      end: edit.end,
      start_range: [edit.start, edit.start],
      end_range: [edit.end, edit.end],
      confidence: 1,
      by: "person",
      correction: `pending ${id}`,
    });
    spans.sort((a, b) => a.start - b.start);
  }
  const unknown = track.unknown.flatMap((one) =>
    outside([one.start, one.end], cleared).map(([start, end]) => ({ ...one, start, end })),
  );
  return { ...track, spans, unknown };
}

type Stretch = readonly [number, number];

function leftOf(span: Span, cleared: readonly Stretch[]): Span[] {
  const covered = cleared.reduce(
    (sum, [start, end]) => sum + Math.max(0, Math.min(span.end, end) - Math.max(span.start, start)),
    0,
  );
  if (covered <= 0) return [span];
  const taken = !span.correction && 2 * covered >= span.end - span.start;
  return outside([span.start, span.end], cleared)
    .filter(([start, end]) => end - start >= (taken ? REST_S : SLIVER_S))
    .map(([start, end]) => ({
      ...span,
      start,
      end,
      start_range: start === span.start ? span.start_range : [start, start],
      end_range: end === span.end ? span.end_range : [end, end],
    }));
}

/** The parts of a stretch that are in none of the cleared ones. */
function outside([from, to]: Stretch, cleared: readonly Stretch[]): [number, number][] {
  const left: [number, number][] = [];
  let start = from;
  for (const [goneFrom, goneTo] of cleared) {
    if (goneTo <= start || goneFrom >= to) continue;
    if (goneFrom > start) left.push([start, goneFrom]);
    start = Math.max(start, goneTo);
  }
  if (start < to) left.push([start, to]);
  return left;
}

function united(stretches: readonly Stretch[]): Stretch[] {
  const sorted = [...stretches].sort((a, b) => a[0] - b[0]);
  const joined: [number, number][] = [];
  for (const [start, end] of sorted) {
    const last = joined.at(-1);
    if (last && start <= last[1]) last[1] = Math.max(last[1], end);
    else joined.push([start, end]);
  }
  return joined;
}
