/** Edges that are dragged come to rest at cuts, frames and the playhead when they are near. */
import { firstAbove } from "./pieces";

/** How near, in pixels. */
const REACH = 7;

export interface Anchors {
  /** Seconds, in order; each kind wins over those after it. */
  readonly cuts: Float64Array;
  /** Exact times of frames, where the page knows them. */
  readonly frames: Float64Array;
  readonly playhead: number;
  readonly duration: number;
}

function nearest(values: Float64Array, seconds: number): number | null {
  const place = firstAbove(values, seconds);
  const [before, after] = [values[place - 1], values[place]];
  if (before === undefined) return after ?? null;
  if (after === undefined) return before;
  return seconds - before <= after - seconds ? before : after;
}

/**
 * The moment at which an edge at `seconds` comes to rest. A frame holds it always where frames are
 * wide enough to be told apart, and else nothing does.
 */
export function snapped(seconds: number, secondsPerPixel: number, anchors: Anchors): number {
  const reach = REACH * secondsPerPixel;
  for (const at of [
    anchors.playhead,
    nearest(anchors.cuts, seconds),
    seconds < anchors.duration / 2 ? 0 : anchors.duration,
  ]) {
    if (at !== null && Math.abs(at - seconds) <= reach) return at;
  }
  const frame = nearest(anchors.frames, seconds);
  return frame !== null && Math.abs(frame - seconds) <= reach ? frame : seconds;
}
