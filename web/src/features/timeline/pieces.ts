/**
 * What of a row is worth drawing: only what is in view, found by binary search, and what is
 * narrower than a pixel merged with its neighbours, so that the cost is bounded by pixels.
 */
import { type Axis, xOf } from "./view";

/** Stretches in order of their beginnings, made ready for the search. */
export interface Extents {
  readonly lows: Float64Array;
  readonly highs: Float64Array;
  /** The latest end of this one and all before it: never falls, whatever overlaps. */
  readonly reach: Float64Array;
}

export function extentsOf<T>(
  items: readonly T[],
  low: (item: T) => number,
  high: (item: T) => number,
): Extents {
  const lows = new Float64Array(items.length);
  const highs = new Float64Array(items.length);
  const reach = new Float64Array(items.length);
  let latest = -Infinity;
  items.forEach((item, place) => {
    lows[place] = low(item);
    highs[place] = high(item);
    latest = Math.max(latest, high(item));
    reach[place] = latest;
  });
  return { lows, highs, reach };
}

/** The first place whose value is above `limit`, in values that never fall. */
export function firstAbove(values: Float64Array, limit: number): number {
  let [low, high] = [0, values.length];
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((values[middle] ?? Infinity) > limit) high = middle;
    else low = middle + 1;
  }
  return low;
}

/** First place and the one behind the last of what may touch [from, to]; some between may not. */
export function within({ lows, reach }: Extents, from: number, to: number): [number, number] {
  const first = firstAbove(reach, from);
  return [first, Math.max(first, firstAbove(lows, to))];
}

/** Part of a row: pixels, and which item it is; -1: several, that would be a pixel together. */
export interface Piece {
  from: number;
  to: number;
  item: number;
  /** The greatest of the merged ones' weights. */
  weight: number;
}

const EVEN = () => 1;

/** `thin`: narrower ones (pixels) are merged where they touch and are at least that wide. */
export function pieces(
  extents: Extents,
  axis: Axis,
  { weight = EVEN, thin = 1.5 }: { weight?: (item: number) => number; thin?: number } = {},
): Piece[] {
  const found: Piece[] = [];
  const [first, past] = within(extents, axis.view.start, axis.view.end);
  let heap: Piece | null = null;
  for (let item = first; item < past; item += 1) {
    const from = xOf(axis, extents.lows[item] ?? 0);
    const to = xOf(axis, extents.highs[item] ?? 0);
    if (to < 0) continue;
    if (to - from >= thin) {
      heap = null;
      found.push({ from, to, item, weight: weight(item) });
    } else if (heap && from <= heap.to) {
      heap.to = Math.max(heap.to, from + thin);
      heap.weight = Math.max(heap.weight, weight(item));
      heap.item = -1;
    } else {
      heap = { from, to: from + thin, item, weight: weight(item) };
      found.push(heap);
    }
  }
  return found;
}

/** The item at a moment: of several, the one that begins last. */
export function itemAt(extents: Extents, seconds: number): number {
  const [first, past] = within(extents, seconds, seconds);
  for (let item = past - 1; item >= first; item -= 1) {
    if ((extents.highs[item] ?? -Infinity) > seconds) return item;
  }
  return -1;
}

/** The item that is within `slack` seconds of a moment, the nearest first; -1: none. */
export function itemNear(extents: Extents, seconds: number, slack: number): number {
  const inside = itemAt(extents, seconds);
  if (inside >= 0) return inside;
  let [best, least] = [-1, slack];
  const [first, past] = within(extents, seconds - slack, seconds + slack);
  for (let item = first; item < past; item += 1) {
    const low = extents.lows[item] ?? Infinity;
    const high = extents.highs[item] ?? -Infinity;
    const away = Math.max(low - seconds, seconds - high, 0);
    if (away <= least) [best, least] = [item, away];
  }
  return best;
}
