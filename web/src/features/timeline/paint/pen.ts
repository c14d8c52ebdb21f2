/** What every part of the timeline is drawn with. Lengths are CSS pixels. */
import type { SpanRef } from "../model";
import type { Row } from "../rows";
import type { Axis } from "../view";
import type { Palette } from "./palette";

/** A change of a span that is under way, or that the server has yet to take in. */
export interface Draft {
  readonly tag: string;
  readonly start: number;
  readonly end: number;
  /** The span it is made of; null: it is a new one. */
  readonly replaces: SpanRef | null;
  readonly pending: boolean;
}

/** All that is on show. */
export interface Show {
  readonly rows: readonly Row[];
  /** Of tags, in the scheme of the page. */
  readonly colors: ReadonlyMap<string, string>;
  readonly selected: SpanRef | null;
  readonly draft: Draft | null;
}

export interface Pen {
  readonly on: CanvasRenderingContext2D;
  readonly axis: Axis;
  readonly palette: Palette;
  /** Pixels of the screen to one of CSS. */
  readonly ratio: number;
}

/** On the grid of the screen's pixels, so that edges are crisp. */
export function crisp({ ratio }: Pen, value: number): number {
  return Math.round(value * ratio) / ratio;
}

/** The part of [from, to] that is in view, by pixels of the screen and at least one of them. */
export function edges(pen: Pen, from: number, to: number): [number, number] {
  const least = 1 / pen.ratio;
  const left = Math.max(-4, crisp(pen, from));
  const right = Math.min(pen.axis.width + 4, Math.max(crisp(pen, to), left + least));
  return [left, right];
}

/** A line one pixel of the screen wide. */
export function upright(pen: Pen, x: number, top: number, height: number): void {
  const wide = Math.max(1, Math.round(pen.ratio)) / pen.ratio;
  pen.on.fillRect(crisp(pen, x), top, wide, height);
}

/** Hatched: what is under it is not known. */
export function hatched(pen: Pen, x: number, y: number, width: number, height: number): void {
  if (!pen.palette.hatch) return;
  pen.on.fillStyle = pen.palette.hatch;
  pen.on.fillRect(x, y, width, height);
}
