/** What mouse, fingers and keys do to the timeline. */
import { type Editor } from "./editor";
import type { Hold } from "./edits";
import { type Hit, NEAR, overviewAxis } from "./hits";
import type { SpanRef } from "./model";
import { pointedAt, type Pointing } from "./pointing";
import type { Stage } from "./stage";
import { told } from "./told";
import {
  around,
  isWhole,
  LEAST_S,
  lengthOf,
  moved,
  perPixel,
  timeOf,
  type View,
  whole,
  xOf,
  zoomed,
} from "./view";

/** What the page wants to hear. */
export interface Wishes {
  readonly onSeek: (seconds: number) => void;
  readonly onSelect: (span: SpanRef | null) => void;
}

interface Point {
  readonly x: number;
  readonly y: number;
}

type Doing =
  | { readonly kind: "nothing" }
  | {
      readonly kind: "pressed";
      readonly hit: Hit;
      /** What is taken along once the pointer moves; null: the view is. */
      readonly hold: Hold | null;
      readonly from: Point;
    }
  | { readonly kind: "panning"; readonly view: View; readonly x: number; y: number }
  | { readonly kind: "scrubbing" }
  | {
      readonly kind: "window";
      readonly part: "start" | "end" | "window";
      readonly view: View;
      readonly x: number;
    }
  | { readonly kind: "editing"; readonly hold: Hold }
  | { readonly kind: "pinching"; readonly apart: number; readonly view: View; readonly at: number }
  /** A finger that rests: it looks, and does not pan. */
  | { readonly kind: "peeking" };

type In<K extends Doing["kind"]> = Extract<Doing, { kind: K }>;

/** Pixels a pointer may tremble and still be a click. */
const STILL = 4;
const LONG_PRESS_MS = 420;
/** How much nearer a step of a button or key comes. */
export const STEP = 1.6;
/** How much nearer a pixel of the wheel comes, and one of a pinch on a trackpad; as powers of e. */
const BY_WHEEL = 0.0022;
const BY_PINCH = 0.01;
/** A line of the wheel, where it tells lines. */
const LINE = 16;
/** Fingers nearer than this, in pixels, count as that far apart. */
const LEAST_APART = 20;

const IDLE: Doing = { kind: "nothing" };

export class Gestures {
  wishes: Wishes = { onSeek: () => undefined, onSelect: () => undefined };
  private doing: Doing = IDLE;
  private readonly points = new Map<number, Point>();
  private rests: ReturnType<typeof setTimeout> | undefined;
  /** Null: nothing is pointed at, as by a finger that drags. */
  private over: Point | null = null;
  private readonly stage: Stage;
  private readonly editor: Editor;
  private readonly pointing: Pointing;
  private readonly board: HTMLElement;
  private readonly scroller: HTMLElement;

  constructor(of: {
    stage: Stage;
    editor: Editor;
    pointing: Pointing;
    board: HTMLElement;
    scroller: HTMLElement;
  }) {
    this.stage = of.stage;
    this.editor = of.editor;
    this.pointing = of.pointing;
    this.board = of.board;
    this.scroller = of.scroller;
  }

  attach(): () => void {
    const leaving = new AbortController();
    const { signal } = leaving;
    const { board } = this;
    board.addEventListener("pointerdown", (event) => this.down(event), { signal });
    board.addEventListener("pointermove", (event) => this.move(event), { signal });
    board.addEventListener("pointerup", (event) => this.up(event), { signal });
    board.addEventListener("pointercancel", (event) => this.cancel(event), { signal });
    board.addEventListener("pointerleave", () => this.left(), { signal });
    board.addEventListener("dblclick", (event) => this.twice(event), { signal });
    board.addEventListener("wheel", (event) => this.wheel(event), { signal, passive: false });
    board.addEventListener("contextmenu", (event) => this.menu(event), { signal });
    // Before the page hears it: Escape ends a drag and nothing else.
    window.addEventListener("keydown", (event) => this.escape(event), { signal, capture: true });
    const unwatch = this.stage.watch(() => this.tell());
    return () => {
      leaving.abort();
      unwatch();
      clearTimeout(this.rests);
    };
  }

  nearer(factor: number): void {
    const { stage } = this;
    const { playhead, view } = stage;
    const inView = playhead >= view.start && playhead <= view.end;
    const at = inView ? playhead : (view.start + view.end) / 2;
    stage.travel(zoomed(view, stage.duration, factor, at));
  }

  fit(): void {
    this.stage.travel(whole(this.stage.duration));
  }

  /** Whether the key was one of the timeline's. */
  key(event: Pick<KeyboardEvent, "key" | "ctrlKey" | "metaKey" | "altKey">): boolean {
    if (event.ctrlKey || event.metaKey || event.altKey) return false;
    if (event.key === "+" || event.key === "=") this.nearer(STEP);
    else if (event.key === "-") this.nearer(1 / STEP);
    else if (event.key === "0") this.fit();
    else return false;
    return true;
  }

  private where(event: MouseEvent): Point {
    const box = this.board.getBoundingClientRect();
    return { x: event.clientX - box.left, y: event.clientY - box.top };
  }

  private down(event: PointerEvent): void {
    if (event.pointerType === "mouse" && event.button !== 0) return;
    const at = this.where(event);
    this.points.set(event.pointerId, at);
    clearTimeout(this.rests);
    if (this.points.size === 2) return this.pinch();
    if (this.points.size > 2 || this.doing.kind !== "nothing") return;
    this.board.setPointerCapture(event.pointerId);
    const touch = event.pointerType === "touch";
    const hit = this.stage.hit(at.x, at.y, touch ? NEAR.touch : NEAR.mouse);
    this.doing = this.begin(hit, at, event);
    if (touch && this.doing.kind === "pressed") {
      this.rests = setTimeout(() => this.peek(at), LONG_PRESS_MS);
    }
    if (this.doing.kind === "scrubbing") this.seek(at.x);
  }

  private begin(hit: Hit, from: Point, event: PointerEvent): Doing {
    const { stage } = this;
    const { x } = from;
    if (hit.zone === "ruler" || this.stands(hit)) return { kind: "scrubbing" };
    if (hit.zone !== "overview") {
      return { kind: "pressed", hit, hold: this.editor.reach(hit, x, event), from };
    }
    if (hit.part !== "outside") return { kind: "window", part: hit.part, view: stage.view, x };
    const all = overviewAxis(stage.axis.width, stage.duration);
    const middle = (stage.view.start + stage.view.end) / 2;
    stage.look(moved(stage.view, stage.duration, timeOf(all, x) - middle));
    return { kind: "window", part: "window", view: stage.view, x };
  }

  /** All is in view, so that the strip of the whole length has no window to move. */
  private stands(hit: Hit): boolean {
    const { view, duration } = this.stage;
    return hit.zone === "overview" && hit.part === "window" && isWhole(view, duration);
  }

  private move(event: PointerEvent): void {
    const at = this.where(event);
    const touch = event.pointerType === "touch";
    if (this.points.has(event.pointerId)) this.points.set(event.pointerId, at);
    if (this.doing.kind === "pressed") this.start(this.doing, at);
    const { doing } = this;
    this.over = touch && doing.kind !== "peeking" && doing.kind !== "editing" ? null : at;
    switch (doing.kind) {
      case "nothing":
        this.board.style.cursor = this.cursorOf(this.stage.hit(at.x, at.y));
        break;
      case "pressed":
      case "peeking":
        break;
      case "panning":
        this.pan(doing, at, touch);
        break;
      case "scrubbing":
        this.seek(at.x);
        break;
      case "window":
        this.slide(doing, at.x);
        break;
      case "editing":
        this.editor.drag(doing.hold, at.x, event.altKey);
        break;
      case "pinching":
        this.squeeze(doing);
    }
    this.tell();
  }

  /** The pointer was pressed, and moves by more than a hand trembles. */
  private start({ hold, from }: In<"pressed">, at: Point): void {
    if (Math.hypot(at.x - from.x, at.y - from.y) <= STILL) return;
    clearTimeout(this.rests);
    this.doing = hold
      ? { kind: "editing", hold }
      : { kind: "panning", view: this.stage.view, x: from.x, y: from.y };
    this.board.style.cursor = hold && hold.grip !== "body" ? "ew-resize" : "grabbing";
  }

  private up(event: PointerEvent): void {
    const { doing } = this;
    this.release(event);
    if (doing.kind === "pressed") this.click(doing);
    if (doing.kind === "editing") this.editor.drop();
    if (event.pointerType === "touch") this.left();
    else this.tell();
  }

  private cancel(event: PointerEvent): void {
    this.editor.leave();
    this.release(event);
    this.left();
  }

  private release(event: PointerEvent): void {
    clearTimeout(this.rests);
    this.points.delete(event.pointerId);
    this.doing = IDLE;
    this.board.style.cursor = "";
  }

  private escape(event: KeyboardEvent): void {
    if (event.key !== "Escape" || this.doing.kind !== "editing") return;
    event.preventDefault();
    event.stopPropagation();
    this.editor.leave();
    // The button is still down: what follows only looks.
    this.doing = { kind: "peeking" };
  }

  private click({ hit, from }: In<"pressed">): void {
    if (hit.zone === "row") {
      const { row, span } = hit;
      const chosen = row.kind === "tag" && span ? { tag: row.track.tag, start: span.start } : null;
      this.wishes.onSelect(chosen);
    }
    this.seek(from.x);
  }

  private seek(x: number): void {
    const seconds = timeOf(this.stage.axis, x);
    this.wishes.onSeek(Math.min(Math.max(0, seconds), this.stage.duration));
  }

  private twice(event: MouseEvent): void {
    const { x, y } = this.where(event);
    const { stage } = this;
    const hit = stage.hit(x, y);
    if (hit.zone === "overview") return this.fit();
    if (hit.zone !== "row") return;
    if (hit.span) return stage.travel(around(hit.span.start, hit.span.end, stage.duration));
    const there = told(hit, stage.rows, timeOf(stage.axis, x), perPixel(stage.axis) * 3);
    const stretch =
      there.kind === "text" ? there.text : there.kind === "unknown" ? there.unknown : null;
    if (stretch) stage.travel(around(stretch.start, stretch.end, stage.duration));
  }

  private pan(doing: In<"panning">, at: Point, touch: boolean): void {
    const { stage } = this;
    const seconds = (doing.x - at.x) * (lengthOf(doing.view) / stage.axis.width);
    stage.look(moved(doing.view, stage.duration, seconds));
    // A finger scrolls the rows by itself (touch-action); a mouse takes them along.
    if (!touch) this.scroller.scrollTop -= at.y - doing.y;
    doing.y = at.y;
  }

  private slide({ part, view, x: from }: In<"window">, x: number): void {
    const { stage } = this;
    const by = ((x - from) * stage.duration) / stage.axis.width;
    const { start, end } = view;
    if (part === "window") stage.look(moved(view, stage.duration, by));
    else if (part === "start") stage.look({ start: Math.min(start + by, end - LEAST_S), end });
    else stage.look({ start, end: Math.max(end + by, start + LEAST_S) });
  }

  private pinch(): void {
    const [one, other] = [...this.points.values()];
    if (!one || !other || this.doing.kind === "editing") return;
    const { stage } = this;
    this.doing = {
      kind: "pinching",
      apart: Math.max(LEAST_APART, Math.abs(one.x - other.x)),
      view: stage.view,
      at: timeOf(stage.axis, (one.x + other.x) / 2),
    };
  }

  private squeeze({ apart, view, at }: In<"pinching">): void {
    const [one, other] = [...this.points.values()];
    if (!one || !other) return;
    const { stage } = this;
    const factor = Math.max(LEAST_APART, Math.abs(one.x - other.x)) / apart;
    const near = zoomed(view, stage.duration, factor, at);
    // The moment between the fingers stays between them, also when they wander.
    const there = timeOf({ view: near, width: stage.axis.width }, (one.x + other.x) / 2);
    stage.look(moved(near, stage.duration, at - there));
  }

  private peek(at: Point): void {
    this.doing = { kind: "peeking" };
    this.over = at;
    this.tell();
  }

  private menu(event: Event): void {
    if (this.doing.kind === "peeking") event.preventDefault();
  }

  private wheel(event: WheelEvent): void {
    // With Alt the rows scroll.
    if (event.altKey) return;
    event.preventDefault();
    const { stage } = this;
    const unit = event.deltaMode === 1 ? LINE : event.deltaMode === 2 ? stage.axis.width : 1;
    const [dx, dy] = [event.deltaX * unit, event.deltaY * unit];
    const along = event.shiftKey && !dx ? dy : dx;
    if (!event.ctrlKey && (event.shiftKey || Math.abs(dx) > Math.abs(dy))) {
      stage.look(moved(stage.view, stage.duration, along * perPixel(stage.axis)));
      return;
    }
    const { x } = this.where(event);
    const power = -Math.max(-240, Math.min(240, dy)) * (event.ctrlKey ? BY_PINCH : BY_WHEEL);
    stage.look(zoomed(stage.view, stage.duration, Math.exp(power), timeOf(stage.axis, x)));
  }

  private cursorOf(hit: Hit): string {
    if (hit.zone === "ruler" || this.stands(hit)) return "col-resize";
    if (hit.zone === "overview") {
      if (hit.part === "outside") return "pointer";
      return hit.part === "window" ? "grab" : "ew-resize";
    }
    if (hit.zone !== "row" || !hit.span) return this.editor.drawing ? "crosshair" : "";
    return hit.grip !== "body" && this.stage.editable ? "ew-resize" : "pointer";
  }

  private left(): void {
    if (this.doing.kind !== "nothing") return;
    this.over = null;
    this.tell();
  }

  /** Says what is under the pointer, as it is now: the view may have moved beneath it. */
  private tell(): void {
    const { kind } = this.doing;
    const { over, stage } = this;
    if (!over || kind === "pinching" || kind === "panning" || kind === "window") {
      stage.point(null);
      return this.pointing.set(null);
    }
    const edge = kind === "editing" ? this.editor.edge(over.x) : null;
    const pointed = pointedAt(stage, over, edge);
    stage.point(pointed.whole ? null : xOf(stage.axis, pointed.seconds));
    this.pointing.set(pointed);
  }
}
