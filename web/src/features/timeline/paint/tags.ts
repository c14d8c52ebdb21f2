/** The row of a tag: what is known solid, what may be soft, what is unknown hatched. */
import { spansOf, unknownOf } from "../extents";
import { spanOf } from "../hits";
import type { Span, Track } from "../model";
import { pieces } from "../pieces";
import { xOf } from "../view";
import { crisp, type Draft, edges, hatched, type Pen, type Show } from "./pen";

/** How high a bar of this confidence is, as a share of the row's highest. */
export function heightShare(confidence: number): number {
  return 0.4 + 0.6 * Math.min(1, Math.max(0, confidence));
}

/** How opaque it is. */
export function opacity(confidence: number): number {
  return 0.55 + 0.45 * Math.min(1, Math.max(0, confidence));
}

interface Bar {
  readonly middle: number;
  /** The highest there is in this row. */
  readonly most: number;
}

/** The least width, in pixels, at which soft edges can be seen for what they are. */
const SOFT = 2;

function solid(pen: Pen, from: number, to: number, bar: Bar, confidence: number): void {
  const height = Math.max(3, crisp(pen, bar.most * heightShare(confidence)));
  const [left, right] = edges(pen, from, to);
  if (right > left)
    pen.on.fillRect(left, crisp(pen, bar.middle - height / 2), right - left, height);
}

function fading(pen: Pen, color: string, from: number, to: number, bar: Bar, by: number): void {
  if (Math.abs(to - from) < SOFT) return;
  const gradient = pen.on.createLinearGradient(from, 0, to, 0);
  gradient.addColorStop(0, `${color}14`);
  gradient.addColorStop(1, `${color}d0`);
  pen.on.fillStyle = gradient;
  solid(pen, Math.min(from, to), Math.max(from, to), bar, by);
  pen.on.fillStyle = color;
}

/** A span wide enough to show its parts. */
function paintSpan(pen: Pen, span: Span, color: string, bar: Bar): void {
  const { axis, on } = pen;
  const by = span.confidence;
  const core: [number, number] = [
    xOf(axis, Math.max(span.start, span.start_range[1])),
    xOf(axis, Math.min(span.end, span.end_range[0])),
  ];
  const low = xOf(axis, Math.min(span.start, span.start_range[0]));
  const high = xOf(axis, Math.max(span.end, span.end_range[1]));
  if (core[0] > core[1]) {
    // Nothing is sure but that it is somewhere here: both edges meet in the middle.
    const middle = (core[0] + core[1]) / 2;
    core[0] = core[1] = middle;
  }
  on.globalAlpha = opacity(by);
  if (core[0] - low < SOFT) core[0] = Math.min(core[0], xOf(axis, span.start));
  if (high - core[1] < SOFT) core[1] = Math.max(core[1], xOf(axis, span.end));
  fading(pen, color, low, core[0], bar, by);
  fading(pen, color, high, core[1], bar, by);
  if (core[1] > core[0] || high - low < SOFT * 2) solid(pen, core[0], core[1], bar, by);
  on.globalAlpha = 1;
  if (span.correction !== null) paintSaid(pen, span, bar);
}

/** What people said has a crisp outline, and a tick where there is room. */
function paintSaid(pen: Pen, span: Span, bar: Bar): void {
  const { on, palette, axis } = pen;
  const [from, to] = [xOf(axis, span.start), xOf(axis, span.end)];
  if (to - from < 5) return;
  const height = bar.most * heightShare(span.confidence);
  outline(pen, from, to, { middle: bar.middle, most: height }, 1.25, palette.ink);
  if (to - from < 22 || bar.most < 12) return;
  const x = Math.max(from, 0) + 5;
  on.beginPath();
  on.moveTo(x, bar.middle);
  on.lineTo(x + 3, bar.middle + 3);
  on.lineTo(x + 9, bar.middle - 4);
  on.lineWidth = 3.5;
  on.strokeStyle = palette.surface;
  on.stroke();
  on.lineWidth = 1.75;
  on.strokeStyle = palette.ink;
  on.stroke();
}

function outline(pen: Pen, from: number, to: number, bar: Bar, wide: number, color: string) {
  const [left, right] = edges(pen, from, to);
  pen.on.strokeStyle = color;
  pen.on.lineWidth = wide;
  const [top, half] = [crisp(pen, bar.middle - bar.most / 2), wide / 2];
  pen.on.strokeRect(left + half, top + half, Math.max(wide, right - left - wide), bar.most - wide);
}

/** Where it can be taken hold of. */
function handles(pen: Pen, from: number, to: number, bar: Bar): void {
  const { on, palette } = pen;
  for (const x of [from, to]) {
    on.fillStyle = palette.ink;
    on.beginPath();
    on.roundRect(crisp(pen, x) - 2.5, bar.middle - bar.most / 2 - 2, 5, bar.most + 4, 2);
    on.fill();
    on.fillStyle = palette.surface;
    on.fillRect(crisp(pen, x) - 0.5, bar.middle - 4, 1, 8);
  }
}

function paintSelected(pen: Pen, start: number, end: number, bar: Bar, editable: boolean): void {
  const [from, to] = [xOf(pen.axis, start), xOf(pen.axis, end)];
  if (to < -8 || from > pen.axis.width + 8) return;
  outline(pen, from, Math.max(to, from + 3), bar, 2, pen.palette.ink);
  if (editable) handles(pen, from, to, bar);
}

function paintDraft(pen: Pen, draft: Draft, color: string, bar: Bar): void {
  const { on } = pen;
  const [from, to] = [xOf(pen.axis, draft.start), xOf(pen.axis, draft.end)];
  on.fillStyle = color;
  on.globalAlpha = draft.pending ? 0.7 : 0.9;
  solid(pen, from, to, bar, 1);
  on.globalAlpha = 1;
  if (draft.pending) on.setLineDash([4, 3]);
  outline(pen, from, to, bar, 1.5, pen.palette.ink);
  on.setLineDash([]);
  if (!draft.pending) handles(pen, from, to, bar);
}

export interface TagRow {
  readonly track: Track;
  /** From the top of the canvas. */
  readonly top: number;
  readonly height: number;
  readonly folded: boolean;
  readonly editable: boolean;
}

export function paintTag(pen: Pen, row: TagRow, show: Show): void {
  const { on, palette, axis } = pen;
  const { track } = row;
  const color = show.colors.get(track.tag) ?? palette.ink2;
  const bar: Bar = { middle: row.top + row.height / 2, most: row.folded ? 8 : row.height - 10 };
  on.fillStyle = palette.line;
  on.fillRect(0, crisp(pen, bar.middle), axis.width, 1);
  for (const { from, to } of pieces(unknownOf(track.unknown), axis)) {
    const [left, right] = edges(pen, from, to);
    on.fillStyle = palette.surface;
    on.fillRect(left, bar.middle - 1, right - left, 3);
    hatched(pen, left, bar.middle - bar.most / 2, right - left, bar.most);
  }
  const draft = show.draft?.tag === track.tag ? show.draft : null;
  const replaced = spanOf(track, draft?.replaces ?? null);
  paintSpans(pen, track, color, bar, replaced);
  if (draft) paintDraft(pen, draft, color, bar);
  const chosen = spanOf(track, show.selected);
  if (chosen && chosen !== replaced) {
    paintSelected(pen, chosen.start, chosen.end, bar, row.editable);
  }
}

function paintSpans(pen: Pen, track: Track, color: string, bar: Bar, without: Span | null): void {
  const weight = (item: number) => track.spans[item]?.confidence ?? 0;
  pen.on.fillStyle = color;
  for (const piece of pieces(spansOf(track.spans), pen.axis, { weight })) {
    const span = track.spans[piece.item];
    if (span && span === without) continue;
    if (span && piece.to - piece.from >= 3) paintSpan(pen, span, color, bar);
    else paintThin(pen, piece.from, piece.to, piece.weight, bar);
  }
}

function paintThin(pen: Pen, from: number, to: number, by: number, bar: Bar): void {
  pen.on.globalAlpha = opacity(by);
  solid(pen, from, to, bar, by);
  pen.on.globalAlpha = 1;
}
