/** Where the ruler has its marks, and what they say. */
import { timecode } from "@/lib/time";

import { lengthOf, type Axis, xOf } from "./view";

/** Seconds from mark to mark, and in how many parts each is cut. */
const STEPS: readonly (readonly [seconds: number, parts: number])[] = [
  [0.01, 1],
  [0.02, 2],
  [0.05, 5],
  [0.1, 5],
  [0.2, 2],
  [0.5, 5],
  [1, 5],
  [2, 4],
  [5, 5],
  [10, 5],
  [15, 3],
  [30, 6],
  [60, 6],
  [120, 4],
  [300, 5],
  [600, 5],
  [900, 3],
  [1800, 6],
  [3600, 6],
  [7200, 4],
  [18000, 5],
  [36000, 5],
  [86400, 4],
];

export interface Tick {
  readonly seconds: number;
  readonly x: number;
  /** Empty on the smaller marks. */
  readonly label: string;
}

/** All marks in view; those with a label are at least `room` pixels apart. */
export function ticks(axis: Axis, room = 78): Tick[] {
  const most = axis.width / room;
  const length = lengthOf(axis.view);
  const last = STEPS[STEPS.length - 1] ?? [86400, 4];
  const [step, parts] = STEPS.find(([seconds]) => length / seconds <= most) ?? last;
  const digits = step >= 1 ? 0 : step >= 0.1 ? 1 : 2;
  const small = step / parts;
  const found: Tick[] = [];
  const end = Math.floor(axis.view.end / small + 1e-9);
  for (let place = Math.ceil(axis.view.start / small - 1e-9); place <= end; place += 1) {
    const seconds = place * small;
    const label = place % parts === 0 ? timecode(seconds, digits) : "";
    found.push({ seconds, x: xOf(axis, seconds), label });
  }
  return found;
}
