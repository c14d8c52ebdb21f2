/** The rows of the timeline, from top to bottom, and how high each is. Pure. */
import type { Schemas } from "@/api/client";

import type { Document, Signals, Track } from "./model";

export type Text = Schemas["TimelineDescription"];
export type RunPart = Schemas["TimelineRun"];
export type Coverage = Schemas["Coverage"];

export type Content =
  | { readonly kind: "signals"; readonly signals: Signals | null }
  | { readonly kind: "tag"; readonly track: Track }
  | {
      readonly kind: "texts";
      readonly prompt: string;
      readonly items: readonly Text[];
      /** Null where there is only one run of them, and no need to say which. */
      readonly run: RunPart | null;
    }
  | { readonly kind: "coverage"; readonly coverage: Coverage; readonly run: RunPart | null };

/** One row. `top` is in pixels from the top of the first. */
export type Row = Content & {
  readonly key: string;
  readonly top: number;
  readonly height: number;
  readonly folded: boolean;
};

export const OVERVIEW_HEIGHT = 26;
export const RULER_HEIGHT = 24;
/** Above the rows; stays when they are scrolled. */
export const HEAD_HEIGHT = OVERVIEW_HEIGHT + RULER_HEIGHT;

const FOLDED = 24;
const HEIGHTS: Record<Content["kind"], number> = { signals: 44, tag: 30, texts: 38, coverage: 24 };

/** Remembers in what order rows came, so that new ones come last and none changes its place. */
export class RowOrder {
  private readonly places = new Map<string, number>();

  sorted<T extends { readonly key: string }>(rows: readonly T[]): T[] {
    for (const { key } of rows) {
      if (!this.places.has(key)) this.places.set(key, this.places.size);
    }
    const place = ({ key }: T) => this.places.get(key) ?? 0;
    return rows.toSorted((one, other) => place(one) - place(other));
  }
}

export type Keyed = Content & { readonly key: string };

function texts(document: Document): Keyed[] {
  const rows = new Map<string, { prompt: string; run: string; items: Text[] }>();
  const runs = new Map<string, Set<string>>();
  for (const text of document.descriptions) {
    const key = `texts ${text.run} ${text.prompt}`;
    const row = rows.get(key);
    if (row) row.items.push(text);
    else rows.set(key, { prompt: text.prompt, run: text.run, items: [text] });
    runs.set(text.prompt, (runs.get(text.prompt) ?? new Set()).add(text.run));
  }
  return [...rows].map(([key, { prompt, run, items }]) => ({
    kind: "texts",
    key,
    prompt,
    items,
    run: (runs.get(prompt)?.size ?? 0) > 1 ? runOf(document, run) : null,
  }));
}

export function runOf(document: Document, id: string): RunPart | null {
  return document.runs.find((one) => one.id === id) ?? null;
}

export interface Arrangement {
  /** Keys of the rows that are kept low. */
  readonly folded: ReadonlySet<string>;
  /** Keys of the rows that are left out. */
  readonly without: ReadonlySet<string>;
  /** Tags that a filter of the page leaves out. */
  readonly hidden?: ReadonlySet<string> | undefined;
}

export function contents(document: Document, signals: Signals | null, order: RowOrder): Keyed[] {
  const tags: Keyed[] = document.tracks.map((track) => ({
    kind: "tag",
    key: `tag ${track.tag}`,
    track,
  }));
  const coverage: Keyed[] = document.coverage.map((one) => ({
    kind: "coverage",
    key: `coverage ${one.run}`,
    coverage: one,
    run: runOf(document, one.run),
  }));
  return [
    { kind: "signals", key: "signals", signals },
    ...order.sorted(tags),
    ...order.sorted(texts(document)),
    ...order.sorted(coverage),
  ];
}

/** Lays rows below each other. */
export function arranged(rows: readonly Keyed[], by: Arrangement): Row[] {
  let top = 0;
  const placed: Row[] = [];
  for (const row of rows) {
    if (by.without.has(row.key)) continue;
    if (row.kind === "tag" && by.hidden?.has(row.track.tag)) continue;
    const folded = by.folded.has(row.key);
    const height = folded ? FOLDED : HEIGHTS[row.kind];
    placed.push({ ...row, top, height, folded });
    top += height;
  }
  return placed;
}

/** The row at a height below the top of the first; null: below the last. */
export function rowAt(rows: readonly Row[], y: number): Row | null {
  return rows.find((row) => y >= row.top && y < row.top + row.height) ?? null;
}

/** How long a tag is seen for, in seconds. */
export function totalOf(track: Track): number {
  return track.spans.reduce((sum, span) => sum + (span.end - span.start), 0);
}
