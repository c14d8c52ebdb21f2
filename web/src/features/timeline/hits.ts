/** What lies under the pointer. Pure. */
import { spansOf } from "./extents";
import type { Span, SpanRef, Track } from "./model";
import { itemAt, itemNear } from "./pieces";
import { HEAD_HEIGHT, OVERVIEW_HEIGHT, type Row, rowAt } from "./rows";
import { type Axis, perPixel, timeOf, type View, xOf } from "./view";

export type Grip = "start" | "end" | "body";

export type Hit =
  | { readonly zone: "overview"; readonly part: "start" | "end" | "window" | "outside" }
  | { readonly zone: "ruler" }
  | {
      readonly zone: "row";
      readonly row: Row;
      /** Null: no span of the row is there. */
      readonly span: Span | null;
      /** By what it would be taken; null: it cannot be. */
      readonly grip: Grip | null;
    }
  | { readonly zone: "empty" };

export interface Scene {
  readonly axis: Axis;
  readonly rows: readonly Row[];
  readonly scroll: number;
  readonly duration: number;
  readonly selected: SpanRef | null;
}

/** How near to an edge it is taken by it, in pixels: fingers are less exact. */
export const NEAR = { mouse: 5, touch: 14 } as const;

/**
 * The server puts what people say at the beginning of a frame: the span that was asked for may come
 * back as one that begins this much, in seconds, beside it.
 */
const ALMOST_S = 0.25;

/** The span of a track that is meant: the one that begins there, or else the nearest. */
export function spanOf(track: Track, ref: SpanRef | null): Span | null {
  if (ref?.tag !== track.tag) return null;
  let [best, least] = [null as Span | null, ALMOST_S];
  for (const span of track.spans) {
    const away = Math.abs(span.start - ref.start);
    if (away < least) [best, least] = [span, away];
  }
  return best;
}

/** The edge of a span within reach of `x`. Narrow spans keep a body between their edges. */
export function gripOf(span: Span, axis: Axis, x: number, near: number): Grip {
  const [from, to] = [xOf(axis, span.start), xOf(axis, span.end)];
  const inside = Math.min(near, (to - from) / 3);
  if (x >= from - near && x <= from + inside) return "start";
  if (x >= to - inside && x <= to + near) return "end";
  return "body";
}

function inRow(scene: Scene, row: Row, x: number, near: number): Hit {
  if (row.kind !== "tag") return { zone: "row", row, span: null, grip: null };
  const { axis, selected } = scene;
  const [seconds, slack] = [timeOf(axis, x), perPixel(axis) * near];
  const spans = row.track.spans;
  const chosen = spanOf(row.track, selected);
  // The handles of the selected one come before whatever lies beside it.
  if (chosen && seconds >= chosen.start - slack && seconds <= chosen.end + slack) {
    return { zone: "row", row, span: chosen, grip: gripOf(chosen, axis, x, near) };
  }
  const extents = spansOf(spans);
  const inside = itemAt(extents, seconds);
  const span = spans[inside >= 0 ? inside : itemNear(extents, seconds, slack)] ?? null;
  return { zone: "row", row, span, grip: span && gripOf(span, axis, x, near) };
}

/** `x` and `y` from the corner of the canvas. */
export function hitAt(scene: Scene, x: number, y: number, near: number = NEAR.mouse): Hit {
  if (y < OVERVIEW_HEIGHT) return { zone: "overview", part: overviewPart(scene, x, near) };
  if (y < HEAD_HEIGHT) return { zone: "ruler" };
  const row = rowAt(scene.rows, y - HEAD_HEIGHT + scene.scroll);
  return row ? inRow(scene, row, x, near) : { zone: "empty" };
}

/** The strip of the whole length. */
export function overviewAxis(width: number, duration: number): Axis {
  return { view: { start: 0, end: Math.max(duration, 1e-3) }, width };
}

/** The window of the view on the strip, at least wide enough to be taken hold of. */
export function overviewWindow(view: View, width: number, duration: number): [number, number] {
  const axis = overviewAxis(width, duration);
  const [from, to] = [xOf(axis, view.start), xOf(axis, view.end)];
  const wider = Math.max(0, 8 - (to - from)) / 2;
  return [from - wider, to + wider];
}

function overviewPart(scene: Scene, x: number, near: number) {
  const { view, width } = scene.axis;
  const [from, to] = overviewWindow(view, width, scene.duration);
  const inside = Math.min(near, (to - from) / 3);
  if (x >= from - near && x <= from + inside) return "start";
  if (x >= to - inside && x <= to + near) return "end";
  return x > from && x < to ? "window" : "outside";
}
