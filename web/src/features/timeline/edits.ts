/** What dragging makes of a span. Pure; seconds. */
import type { Grip } from "./hits";
import type { Edit, SpanRef } from "./model";
import type { Draft } from "./paint/pen";

/** The shortest that dragging makes of a span. */
export const SHORTEST_S = 0.02;

export interface Hold {
  readonly tag: string;
  readonly grip: Grip;
  /** As it was; equal for one that is being made. */
  readonly start: number;
  readonly end: number;
  /** Where it was taken. */
  readonly at: number;
  readonly replaces: SpanRef | null;
}

type Snap = (seconds: number) => number;

function moved(hold: Hold, to: number, duration: number, snap: Snap): [number, number] {
  const length = hold.end - hold.start;
  const free = hold.start + (to - hold.at);
  const [byStart, byEnd] = [snap(free), snap(free + length) - length];
  // Of both edges, the one that is pulled farther has an anchor.
  const start = Math.abs(byStart - free) >= Math.abs(byEnd - free) ? byStart : byEnd;
  const kept = Math.min(Math.max(0, start), Math.max(0, duration - length));
  return [kept, kept + length];
}

/** The span while the pointer is at `to`. An edge stops at the other. */
export function dragged(hold: Hold, to: number, duration: number, snap: Snap): Draft {
  const within = (seconds: number) => Math.min(Math.max(0, seconds), duration);
  let [start, end] = [hold.start, hold.end];
  if (hold.grip === "body") {
    [start, end] = moved(hold, to, duration, snap);
  } else if (hold.replaces === null) {
    const other = within(snap(to));
    [start, end] = other < hold.at ? [other, hold.at] : [hold.at, other];
  } else if (hold.grip === "start") {
    start = Math.min(within(snap(hold.start + (to - hold.at))), end - SHORTEST_S);
  } else {
    end = Math.max(within(snap(hold.end + (to - hold.at))), start + SHORTEST_S);
  }
  return { tag: hold.tag, start, end, replaces: hold.replaces, pending: false };
}

/** What is to be told of it; null: nothing has changed that is worth telling. */
export function editOf(hold: Hold, draft: Draft): Edit | null {
  const { tag, start, end } = draft;
  if (end - start < SHORTEST_S / 2) return null;
  if (hold.replaces === null) return { tag, start, end, present: true, replaces: null };
  if (Math.abs(start - hold.start) < 1e-4 && Math.abs(end - hold.end) < 1e-4) return null;
  return { tag, start, end, present: true, replaces: [hold.start, hold.end] };
}
