/** Where the pointer is and what it points at, for the card over it. */
import { overviewAxis } from "./hits";
import { HEAD_HEIGHT } from "./rows";
import type { Stage } from "./stage";
import { type Told, told } from "./told";
import { perPixel, timeOf } from "./view";

/** How far something narrow may be missed, in pixels. */
const SLACK = 3;

export interface Pointed {
  /** From the left of the canvas, in pixels. */
  readonly x: number;
  /** The top of the row, from the top of the canvas. */
  readonly y: number;
  readonly seconds: number;
  readonly secondsPerPixel: number;
  /** It is on the strip of the whole length. */
  readonly whole: boolean;
  readonly told: Told;
  /** The span as it is being dragged. */
  readonly draft: { readonly tag: string; readonly start: number; readonly end: number } | null;
}

/** `edge`: the moment of the edge that is being dragged, which is shown instead of the pointer's. */
export function pointedAt(
  stage: Stage,
  over: { readonly x: number; readonly y: number },
  edge: number | null,
): Pointed {
  const { scene, duration, rows, axis } = stage;
  const hit = stage.hit(over.x, over.y);
  const whole = edge === null && hit.zone === "overview";
  const on = whole ? overviewAxis(axis.width, duration) : axis;
  const seconds = Math.min(Math.max(0, edge ?? timeOf(on, over.x)), duration);
  const secondsPerPixel = perPixel(on);
  return {
    x: Math.min(Math.max(0, over.x), axis.width),
    y: hit.zone === "row" ? HEAD_HEIGHT + hit.row.top - scene.scroll : over.y,
    seconds,
    secondsPerPixel,
    whole,
    told: told(hit, rows, seconds, secondsPerPixel * SLACK),
    draft: edge === null ? null : stage.draft,
  };
}

/** Null while the pointer is elsewhere. Not React state: it changes with every move. */
export class Pointing {
  private now: Pointed | null = null;
  private board: HTMLElement | null = null;
  private readonly hearing = new Set<() => void>();

  readonly current = (): Pointed | null => this.now;

  readonly subscribe = (hear: () => void): (() => void) => {
    this.hearing.add(hear);
    return () => this.hearing.delete(hear);
  };

  attach(board: HTMLElement): void {
    this.board = board;
  }

  /** Where on the window the canvas is. */
  box(): DOMRect | null {
    return this.board?.getBoundingClientRect() ?? null;
  }

  set(pointed: Pointed | null): void {
    if (pointed === null && this.now === null) return;
    this.now = pointed;
    for (const hear of this.hearing) hear();
  }
}
