/** Which part of the media is in view, and how that changes. Pure: seconds and CSS pixels. */

export interface View {
  readonly start: number;
  readonly end: number;
}

/** A view laid over so many pixels. */
export interface Axis {
  readonly view: View;
  readonly width: number;
}

/** The shortest view there is, in seconds: some frames of most videos. */
export const LEAST_S = 0.25;

export function xOf({ view, width }: Axis, seconds: number): number {
  return ((seconds - view.start) / (view.end - view.start)) * width;
}

export function timeOf({ view, width }: Axis, x: number): number {
  return view.start + (x / Math.max(1, width)) * (view.end - view.start);
}

/** Seconds under one pixel. */
export function perPixel({ view, width }: Axis): number {
  return (view.end - view.start) / Math.max(1, width);
}

export function lengthOf(view: View): number {
  return view.end - view.start;
}

export function whole(duration: number): View {
  return { start: 0, end: Math.max(duration, LEAST_S) };
}

export function isWhole(view: View, duration: number): boolean {
  return lengthOf(view) >= Math.max(duration, LEAST_S) - 1e-9;
}

/** The nearest view that lies within the media and is neither too short nor too long. */
export function clamped(view: View, duration: number): View {
  const all = Math.max(duration, LEAST_S);
  const length = Math.min(all, Math.max(LEAST_S, lengthOf(view)));
  const start = Math.min(all - length, Math.max(0, view.start));
  return { start, end: start + length };
}

/** Nearer by `factor` (farther, below 1), while the moment `at` stays where it is on the screen. */
export function zoomed(view: View, duration: number, factor: number, at: number): View {
  const all = Math.max(duration, LEAST_S);
  const before = lengthOf(view);
  const length = Math.min(all, Math.max(LEAST_S, before / factor));
  const share = (at - view.start) / before;
  const start = at - share * length;
  return clamped({ start, end: start + length }, duration);
}

export function moved(view: View, duration: number, seconds: number): View {
  return clamped({ start: view.start + seconds, end: view.end + seconds }, duration);
}

/** A stretch with some room at both sides. */
export function around(start: number, end: number, duration: number, room = 0.2): View {
  const length = Math.max(end - start, LEAST_S);
  const middle = (start + end) / 2;
  const half = length * (0.5 + room);
  return clamped({ start: middle - half, end: middle + half }, duration);
}

export function holds(view: View, seconds: number): boolean {
  return seconds >= view.start && seconds <= view.end;
}

/** Turned over like a page, so that `seconds` is near its beginning; no sliding. */
export function paged(view: View, duration: number, seconds: number): View {
  const length = lengthOf(view);
  const start = seconds - length * 0.05;
  return clamped({ start, end: start + length }, duration);
}

/** Between two views, `share` 0 to 1 of the way: lengths by ratio, as the eye takes them. */
export function between(from: View, to: View, share: number): View {
  const [a, b] = [lengthOf(from), lengthOf(to)];
  if (Math.abs(a - b) < 1e-9) {
    const start = from.start + (to.start - from.start) * share;
    return { start, end: start + a };
  }
  const length = a * (b / a) ** share;
  // The moment that both views show at the same place is the one that stays.
  const done = (length - a) / (b - a);
  const start = from.start + (to.start - from.start) * done;
  return { start, end: start + length };
}
