/** Where things lie in the library: sizes are known beforehand, so nothing is measured or moves. */

export const GAP = 14;
const LEAST_CARD = 210;
const LEAST_CARD_NARROW = 150;
const WIDE_CARD = 200;
/** Below this width a card may be narrower: a phone shows two beside each other. */
const NARROW = 480;
/** Pixels under the picture of a card: bar, title, line of words. */
const FOOT = 67;
export const ROW = 53;
/** Things in one request. */
export const PAGE = 60;

export type View = "grid" | "list";

export interface Layout {
  columns: number;
  /** Height of a row with what lies between it and the next. */
  row: number;
  gap: number;
  /** Tags for which there is room on each. */
  tags: number;
}

export function layoutOf(view: View, width: number): Layout {
  if (view === "list") return { columns: 1, row: ROW, gap: 0, tags: 4 };
  const least = width < NARROW ? LEAST_CARD_NARROW : LEAST_CARD;
  const columns = Math.max(1, Math.floor((width + GAP) / (least + GAP)));
  const card = (width - GAP * (columns - 1)) / columns;
  const row = Math.round((card * 9) / 16) + FOOT + GAP;
  return { columns, row, gap: GAP, tags: card < WIDE_CARD ? 1 : 2 };
}

/** The first that is wholly on show where the list is scrolled so far. */
export function firstAt(offset: number, layout: Layout): number {
  return Math.ceil(offset / layout.row) * layout.columns;
}

/** The pages of which something lies in these places, both included. */
export function pagesOf(first: number, last: number, total: number): number[] {
  const pages: number[] = [];
  const end = Math.min(last, total - 1);
  for (let page = Math.floor(Math.max(0, first) / PAGE); page * PAGE <= end; page += 1) {
    pages.push(page);
  }
  return pages;
}

/** Where a key leads from a place, or null for a key that does not lead anywhere. */
export function movedBy(
  key: string,
  from: number,
  at: { columns: number; rows: number; total: number; byPage: number },
): number | null {
  const last = at.total - 1;
  const to: Record<string, number> = {
    ArrowLeft: from - 1,
    ArrowRight: from + 1,
    ArrowUp: from - at.columns,
    ArrowDown: from + at.columns,
    PageUp: from - at.columns * at.byPage,
    PageDown: from + at.columns * at.byPage,
    Home: 0,
    End: last,
  };
  const wanted = to[key];
  if (wanted === undefined || last < 0) return null;
  // From above the last row's gap one goes to the last; else a step over an edge stays.
  if (key === "ArrowDown" && wanted > last) {
    const row = Math.floor(from / at.columns);
    return row < Math.floor(last / at.columns) ? last : from;
  }
  if (key === "ArrowUp" && wanted < 0) return from;
  return Math.min(last, Math.max(0, wanted));
}
