/** The strip of the whole length, and the ruler under it. */
import { pieces } from "../pieces";
import { spansOf } from "../extents";
import { overviewAxis, overviewWindow } from "../hits";
import { HEAD_HEIGHT, OVERVIEW_HEIGHT, RULER_HEIGHT, type Row } from "../rows";
import { ticks } from "../ticks";
import { crisp, type Pen, type Show, upright } from "./pen";

export function paintRuler(pen: Pen): void {
  const { on, palette, axis } = pen;
  on.fillStyle = palette.raised;
  on.fillRect(0, OVERVIEW_HEIGHT, axis.width, RULER_HEIGHT);
  on.font = `11px ${palette.font}`;
  on.textBaseline = "middle";
  on.textAlign = "left";
  on.fillStyle = palette.ink2;
  for (const { x, label } of ticks(axis)) {
    if (label) on.fillText(label, x + 6, OVERVIEW_HEIGHT + 10);
    const height = label ? RULER_HEIGHT - 8 : 5;
    upright(pen, x, HEAD_HEIGHT - height, height);
  }
  on.fillStyle = palette.line;
  on.fillRect(0, crisp(pen, HEAD_HEIGHT - 1), axis.width, 1);
}

/** Every tag's spans over the whole length, without the window: drawn once and kept. */
export function paintWhole(pen: Pen, rows: readonly Row[], colors: Show["colors"]): void {
  const { on, palette, axis } = pen;
  on.fillStyle = palette.raised;
  on.fillRect(0, 0, axis.width, OVERVIEW_HEIGHT);
  const tags = rows.filter((row) => row.kind === "tag");
  const each = Math.min(5, (OVERVIEW_HEIGHT - 6) / Math.max(1, tags.length));
  const top = (OVERVIEW_HEIGHT - each * tags.length) / 2;
  tags.forEach((row, line) => {
    on.fillStyle = colors.get(row.track.tag) ?? palette.ink2;
    const y = top + line * each;
    for (const { from, to } of pieces(spansOf(row.track.spans), axis)) {
      on.fillRect(from, y, to - from, Math.max(0.75, each - 0.5));
    }
  });
}

/** The window of the view on that strip. */
export function paintWindow(pen: Pen, duration: number): void {
  const { on, palette, axis } = pen;
  const [from, to] = overviewWindow(axis.view, axis.width, duration);
  on.globalAlpha = 0.62;
  on.fillStyle = palette.surface;
  on.fillRect(0, 0, Math.max(0, from), OVERVIEW_HEIGHT);
  on.fillRect(to, 0, Math.max(0, axis.width - to), OVERVIEW_HEIGHT);
  on.globalAlpha = 1;
  const [left, right] = [Math.max(0, crisp(pen, from)), Math.min(axis.width, crisp(pen, to))];
  on.strokeStyle = palette.ink2;
  on.lineWidth = 1;
  on.strokeRect(left + 0.5, 0.5, Math.max(1, right - left - 1), OVERVIEW_HEIGHT - 1);
  on.fillStyle = palette.ink2;
  on.fillRect(left, 7, 3, OVERVIEW_HEIGHT - 14);
  on.fillRect(right - 3, 7, 3, OVERVIEW_HEIGHT - 14);
}

export function overviewPen(pen: Pen, duration: number): Pen {
  return { ...pen, axis: overviewAxis(pen.axis.width, duration) };
}
