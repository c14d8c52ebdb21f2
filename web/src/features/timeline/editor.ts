/** Spans taken by hand: what may be taken, where edges come to rest, and what is told of it. */
import { dragged, editOf, type Hold } from "./edits";
import { cutsOf } from "./extents";
import { type Hit, spanOf } from "./hits";
import type { Edit } from "./model";
import { snapped } from "./snap";
import type { Stage } from "./stage";
import { perPixel, timeOf, xOf } from "./view";

export interface MayEdit {
  readonly onEdit?: ((edit: Edit) => void) | undefined;
  /** A drag on a tag's row makes a span, without Shift, too. */
  readonly drawing?: boolean | undefined;
  /** Exact times of frames, in order, where the page knows them. */
  readonly frames?: readonly number[] | undefined;
}

/** What of an event of the pointer matters here. */
export type Hand = Pick<
  PointerEvent,
  "altKey" | "ctrlKey" | "metaKey" | "shiftKey" | "pointerType"
>;

/** What it needs of the stage, and sets there. */
export type Ground = Pick<
  Stage,
  "axis" | "duration" | "draft" | "playhead" | "selected" | "signals"
>;

/** How long an edit waits for the page to take it in, before it is no longer drawn. */
const PENDING_MS = 8000;
const NONE = new Float64Array();

export class Editor {
  private may: MayEdit = {};
  private held: Hold | null = null;
  private forgets: ReturnType<typeof setTimeout> | undefined;
  private readonly stage: Ground;

  constructor(stage: Ground) {
    this.stage = stage;
  }

  allow(may: MayEdit): void {
    this.may = may;
  }

  /** A new span is drawn wherever no other is. */
  get drawing(): boolean {
    return Boolean(this.may.onEdit && this.may.drawing);
  }

  /** What would be taken hold of there, where that is allowed and meant; null: nothing. */
  reach(hit: Hit, x: number, hand: Hand): Hold | null {
    if (!this.may.onEdit || hit.zone !== "row" || hit.row.kind !== "tag") return null;
    const { tag } = hit.row.track;
    const at = timeOf(this.stage.axis, x);
    const { span, grip } = hit;
    if (!span || !grip) {
      if (!hand.shiftKey && !this.drawing) return null;
      const from = this.snap(at, hand.altKey);
      return { tag, grip: "end", start: from, end: from, at: from, replaces: null };
    }
    const chosen = spanOf(hit.row.track, this.stage.selected) === span;
    const meant = chosen || hand.ctrlKey || hand.metaKey;
    // A body pans, and under a finger edges do too, unless the span was chosen before.
    if (grip === "body" ? !meant : hand.pointerType === "touch" && !chosen) return null;
    const { start, end } = span;
    return { tag, grip, start, end, at, replaces: { tag, start } };
  }

  drag(hold: Hold, x: number, free: boolean): void {
    const { stage } = this;
    this.held = hold;
    const to = timeOf(stage.axis, x);
    const snap = (seconds: number) => this.snap(seconds, free);
    stage.draft = dragged(hold, to, stage.duration, snap);
  }

  /** Let go: told, and drawn until the page shows what came of it. */
  drop(): void {
    const { stage, held } = this;
    const { draft } = stage;
    const edit = held && draft && editOf(held, draft);
    this.held = null;
    if (!draft || !edit) {
      stage.draft = null;
      return;
    }
    stage.draft = { ...draft, pending: true };
    clearTimeout(this.forgets);
    this.forgets = setTimeout(() => this.settle(), PENDING_MS);
    this.may.onEdit?.(edit);
  }

  leave(): void {
    if (!this.held) return;
    this.held = null;
    this.stage.draft = null;
  }

  /** The page shows something newer: an edit that waited is in it, or was refused. */
  settle(): void {
    clearTimeout(this.forgets);
    if (this.stage.draft?.pending) this.stage.draft = null;
  }

  /** The edge that is being dragged, in seconds; null: none is. */
  edge(x: number): number | null {
    const { held } = this;
    const { draft, axis } = this.stage;
    if (!held || !draft) return null;
    if (held.replaces) return held.grip === "end" ? draft.end : draft.start;
    const toStart = Math.abs(xOf(axis, draft.start) - x);
    return toStart < Math.abs(xOf(axis, draft.end) - x) ? draft.start : draft.end;
  }

  private snap(seconds: number, free: boolean): number {
    const { stage } = this;
    if (free) return seconds;
    return snapped(seconds, perPixel(stage.axis), {
      cuts: stage.signals ? cutsOf(stage.signals.cuts) : NONE,
      frames: this.may.frames?.length ? cutsOf(this.may.frames) : NONE,
      playhead: stage.playhead,
      duration: stage.duration,
    });
  }
}
