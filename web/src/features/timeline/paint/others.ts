/** The rows beside the tags: signals, descriptions and answers, coverage. */
import { cutsOf, motionOf, pairsOf, stretchesOf, textsOf } from "../extents";
import type { Signals } from "../model";
import { firstAbove, type Extents, pieces } from "../pieces";
import type { Coverage, Text } from "../rows";
import { xOf } from "../view";
import { lines } from "../lines";
import { crisp, edges, hatched, type Pen, upright } from "./pen";

export interface Box {
  readonly top: number;
  readonly height: number;
  readonly folded: boolean;
}

/** Pixels from the foot of the row, and height, of each kind of stretch. */
const LANES = { alike: [4, 3], black: [9, 3.5], frozen: [9, 3.5] } as const;

export function paintSignals(pen: Pen, signals: Signals, box: Box): void {
  const { on, palette } = pen;
  const foot = box.top + box.height - (box.folded ? 3 : 14);
  on.fillStyle = palette.ink2;
  on.globalAlpha = 0.45;
  paintMotion(pen, signals, foot, foot - box.top - 6);
  on.globalAlpha = 1;
  paintCuts(pen, signals, box);
  if (box.folded) return;
  const lane = (kind: keyof typeof LANES): [number, number] => [
    box.top + box.height - LANES[kind][0],
    LANES[kind][1],
  ];
  on.fillStyle = palette.shared;
  bars(pen, stretchesOf(signals.alike), ...lane("alike"));
  on.fillStyle = palette.ink;
  bars(pen, stretchesOf(signals.black), ...lane("black"));
  on.strokeStyle = palette.ink2;
  on.lineWidth = 1;
  const [top, height] = lane("frozen");
  for (const { from, to } of pieces(stretchesOf(signals.frozen), pen.axis)) {
    const [left, right] = edges(pen, from, to);
    on.strokeRect(left + 0.5, top + 0.5, Math.max(1, right - left - 1), height - 1);
  }
}

function bars(pen: Pen, extents: Extents, top: number, height: number): void {
  for (const { from, to } of pieces(extents, pen.axis)) {
    const [left, right] = edges(pen, from, to);
    pen.on.fillRect(left, top, right - left, height);
  }
}

/** An area; of several points in one pixel, the highest. */
function paintMotion(pen: Pen, signals: Signals, foot: number, most: number): void {
  const { on, axis } = pen;
  const { seconds, share } = motionOf(signals.points);
  if (!seconds.length) return;
  const first = Math.max(0, firstAbove(seconds, axis.view.start) - 1);
  let [from, high] = [xOf(axis, seconds[first] ?? 0), share[first] ?? 0];
  const step = (to: number) => {
    const y = foot - high * most;
    on.lineTo(from, y);
    on.lineTo(to, y);
  };
  on.beginPath();
  on.moveTo(from, foot);
  for (let point = first + 1; point < seconds.length && from < axis.width; point += 1) {
    const x = xOf(axis, seconds[point] ?? 0);
    if (x - from < 1) {
      high = Math.max(high, share[point] ?? 0);
      continue;
    }
    step(x);
    [from, high] = [x, share[point] ?? 0];
  }
  const end = Math.max(from + 1, axis.width);
  step(end);
  on.lineTo(end, foot);
  on.fill();
}

function paintCuts(pen: Pen, signals: Signals, box: Box): void {
  const cuts = cutsOf(signals.cuts);
  pen.on.fillStyle = pen.palette.ink;
  let last = -Infinity;
  for (let at = firstAbove(cuts, pen.axis.view.start); at < cuts.length; at += 1) {
    const seconds = cuts[at] ?? Infinity;
    if (seconds > pen.axis.view.end) break;
    const x = xOf(pen.axis, seconds);
    if (x - last < 1.5) continue;
    last = x;
    upright(pen, x, box.top + 4, box.folded ? 8 : 12);
  }
}

/** Faint lines through all rows, for an edge that is being dragged. */
export function paintGuides(pen: Pen, cuts: Float64Array, top: number, height: number): void {
  const { on, axis } = pen;
  const first = firstAbove(cuts, axis.view.start);
  const past = firstAbove(cuts, axis.view.end);
  if (past - first > axis.width / 12) return;
  on.fillStyle = pen.palette.ink2;
  on.globalAlpha = 0.35;
  for (let at = first; at < past; at += 1) upright(pen, xOf(axis, cuts[at] ?? 0), top, height);
  on.globalAlpha = 1;
}

export function paintTexts(pen: Pen, items: readonly Text[], box: Box): void {
  const { on, palette } = pen;
  const [top, height] = [box.top + 4, box.height - 8];
  on.font = `11.5px ${palette.font}`;
  on.textBaseline = "middle";
  on.textAlign = "left";
  for (const piece of pieces(textsOf(items), pen.axis, { thin: 3 })) {
    const item = items[piece.item];
    const [left, right] = edges(pen, piece.from, piece.to);
    const wide = Math.max(1, right - left - 1);
    if (item?.unknown) {
      hatched(pen, left, top, wide, height);
      continue;
    }
    on.fillStyle = palette.sunken;
    on.fillRect(left, top, wide, height);
    if (item?.text && wide > LEGIBLE) words(pen, item.text, { left, top, wide, height });
  }
}

/** Narrower blocks (pixels) show no words: a few letters say nothing. */
const LEGIBLE = 60;
const LINE = 14;

interface Block {
  readonly left: number;
  readonly top: number;
  readonly wide: number;
  readonly height: number;
}

function words(pen: Pen, text: string, { left, top, wide, height }: Block): void {
  const { on, palette } = pen;
  // What has scrolled out to the left takes no room: words begin where the block can be seen.
  const from = Math.max(left, 0) + 7;
  const room = left + wide - from - 5;
  if (room < LEGIBLE - 14) return;
  const most = height < 2 * LINE - 2 ? 1 : 2;
  const shown = lines((part) => on.measureText(part).width, text, room, most);
  const first = top + height / 2 - ((shown.length - 1) * LINE) / 2 + 0.5;
  on.fillStyle = palette.ink;
  shown.forEach((line, place) => on.fillText(line, from, first + place * LINE));
}

export function paintCoverage(pen: Pen, coverage: Coverage, box: Box): void {
  const { on, palette } = pen;
  const height = 6;
  const top = crisp(pen, box.top + (box.height - height) / 2);
  on.fillStyle = palette.sunken;
  on.fillRect(0, top + height / 2 - 0.5, pen.axis.width, 1);
  on.fillStyle = palette.asked;
  bars(pen, pairsOf(coverage.asked), top, height);
  on.fillStyle = palette.shared;
  bars(pen, pairsOf(coverage.shared), top + 1, height - 2);
  for (const { from, to } of pieces(pairsOf(coverage.unknown), pen.axis)) {
    const [left, right] = edges(pen, from, to);
    on.fillStyle = palette.surface;
    on.fillRect(left, top, right - left, height);
    hatched(pen, left, top - 2, right - left, height + 4);
  }
}
