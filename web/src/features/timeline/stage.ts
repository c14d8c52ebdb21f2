/**
 * What draws the timeline: one canvas, painted when something has changed and at most once a frame.
 * The lines of the playhead and of the pointer lie over it and move by themselves, so that playing
 * and pointing paint nothing.
 */
import { cutsOf } from "./extents";
import { type Hit, hitAt, overviewAxis, type Scene } from "./hits";
import type { Playhead, Signals } from "./model";
import { type Palette, readPalette } from "./paint/palette";
import { type Draft, type Pen, type Show } from "./paint/pen";
import { paintCoverage, paintGuides, paintSignals, paintTexts } from "./paint/others";
import { overviewPen, paintRuler, paintWhole, paintWindow } from "./paint/ruler";
import { paintTag } from "./paint/tags";
import { HEAD_HEIGHT, OVERVIEW_HEIGHT, type Row } from "./rows";
import { type Axis, between, clamped, holds, isWhole, paged, type View, whole, xOf } from "./view";

/** What the page gives it to show. */
export interface Content {
  readonly duration: number;
  readonly rows: readonly Row[];
  readonly colors: ReadonlyMap<string, string>;
  readonly signals: Signals | null;
  readonly selected: Show["selected"];
  readonly editable: boolean;
}

export interface Elements {
  readonly board: HTMLElement;
  readonly canvas: HTMLCanvasElement;
  readonly scroller: HTMLElement;
  readonly playhead: HTMLElement;
  readonly playheadWhole: HTMLElement;
  readonly pointer: HTMLElement;
}

const NOTHING: Content = {
  duration: 0,
  rows: [],
  colors: new Map(),
  signals: null,
  selected: null,
  editable: false,
};

/** How long the view takes to get where a button or a key sends it, in milliseconds. */
const MOVE_MS = 160;

export class Stage {
  private content = NOTHING;
  private shown: View = whole(0);
  private size = { width: 0, height: 0, ratio: 1 };
  private elements: Elements | null = null;
  private pen: { on: CanvasRenderingContext2D; palette: Palette } | null = null;
  private strip: HTMLCanvasElement | null = null;
  private frame = 0;
  private moving = 0;
  private changing: Draft | null = null;
  private playing: Playhead | null = null;
  private wasInView = true;
  private readonly watching = new Set<() => void>();

  /** Told after each painting: where things are on the screen may be different. */
  watch(hear: () => void): () => void {
    this.watching.add(hear);
    return () => this.watching.delete(hear);
  }

  attach(elements: Elements, playhead: Playhead): () => void {
    this.elements = elements;
    this.playing = playhead;
    const { canvas, scroller } = elements;
    const resized = new ResizeObserver(() => this.measure());
    resized.observe(canvas);
    resized.observe(scroller);
    // Another screen may have finer pixels, and nothing else changes then.
    const moved = () => this.measure();
    window.addEventListener("resize", moved);
    const scrolled = () => this.request();
    scroller.addEventListener("scroll", scrolled, { passive: true });
    const silent = playhead.listen(() => this.follow());
    this.measure();
    return () => {
      resized.disconnect();
      window.removeEventListener("resize", moved);
      scroller.removeEventListener("scroll", scrolled);
      silent();
      cancelAnimationFrame(this.frame);
      cancelAnimationFrame(this.moving);
      this.frame = this.moving = 0;
      this.elements = null;
    };
  }

  show(content: Content): void {
    const before = this.content;
    const wasWhole = isWhole(this.shown, before.duration);
    if (content.rows !== before.rows || content.colors !== before.colors) this.strip = null;
    this.content = content;
    if (content.duration !== before.duration) {
      this.strip = null;
      this.shown = wasWhole ? whole(content.duration) : clamped(this.shown, content.duration);
    }
    this.request();
  }

  /** The colours are others now. */
  recolor(): void {
    this.pen = null;
    this.strip = null;
    this.request();
  }

  get view(): View {
    return this.shown;
  }

  get axis(): Axis {
    return { view: this.shown, width: this.size.width };
  }

  get duration(): number {
    return this.content.duration;
  }

  get rows(): readonly Row[] {
    return this.content.rows;
  }

  get signals(): Signals | null {
    return this.content.signals;
  }

  get selected(): Show["selected"] {
    return this.content.selected;
  }

  get editable(): boolean {
    return this.content.editable;
  }

  get playhead(): number {
    return this.playing?.seconds ?? 0;
  }

  get draft(): Draft | null {
    return this.changing;
  }

  set draft(draft: Draft | null) {
    if (draft === this.changing) return;
    this.changing = draft;
    this.request();
  }

  get scene(): Scene {
    const { rows, duration, selected } = this.content;
    const scroll = this.elements?.scroller.scrollTop ?? 0;
    return { axis: this.axis, rows, scroll, duration, selected };
  }

  hit(x: number, y: number, near?: number): Hit {
    return hitAt(this.scene, x, y, near);
  }

  /** At once, as under a wheel or a finger. */
  look(view: View): void {
    cancelAnimationFrame(this.moving);
    this.moving = 0;
    this.set(clamped(view, this.duration));
  }

  /** As a button does it: the eye can follow, unless its owner wants things not to move. */
  travel(view: View): void {
    const [from, to] = [this.shown, clamped(view, this.duration)];
    if (matchMedia("(prefers-reduced-motion: reduce)").matches) return this.look(to);
    cancelAnimationFrame(this.moving);
    const began = performance.now();
    const step = (now: number) => {
      const done = Math.min(1, Math.max(0, now - began) / MOVE_MS);
      this.set(done < 1 ? between(from, to, 1 - (1 - done) ** 3) : to);
      this.moving = done < 1 ? requestAnimationFrame(step) : 0;
    };
    this.moving = requestAnimationFrame(step);
  }

  /** The line under the pointer; null: there is none. */
  point(x: number | null): void {
    const line = this.elements?.pointer;
    if (!line) return;
    line.hidden = x === null;
    if (x !== null) line.style.transform = `translateX(${x}px)`;
  }

  request(): void {
    if (this.frame || !this.elements) return;
    this.frame = requestAnimationFrame(() => {
      this.frame = 0;
      this.paint();
    });
  }

  private set(view: View): void {
    if (view.start === this.shown.start && view.end === this.shown.end) return;
    this.shown = view;
    this.request();
  }

  private measure(): void {
    if (!this.elements) return;
    const { board, canvas, scroller } = this.elements;
    board.style.height = `${scroller.clientHeight}px`;
    // It lies over the rows and takes no room of its own, so that fewer rows take less.
    board.style.marginBottom = `${-scroller.clientHeight}px`;
    const [width, height] = [canvas.clientWidth, canvas.clientHeight];
    const ratio = Math.min(3, devicePixelRatio || 1);
    const same = width === this.size.width && height === this.size.height;
    if (!width || !height || (same && ratio === this.size.ratio)) return;
    this.size = { width, height, ratio };
    canvas.width = Math.round(width * ratio);
    canvas.height = Math.round(height * ratio);
    this.strip = null;
    // A canvas is blank after it was resized: painted before the eye can see that.
    this.paint();
  }

  private follow(): void {
    const now = this.playhead;
    const inView = holds(this.shown, now);
    if (!inView && this.wasInView && !this.moving) {
      this.set(paged(this.shown, this.duration, now));
      this.wasInView = true;
    } else {
      this.wasInView = inView;
    }
    this.placePlayhead();
  }

  private placePlayhead(): void {
    if (!this.elements) return;
    const { playhead, playheadWhole } = this.elements;
    const x = xOf(this.axis, this.playhead);
    playhead.style.transform = `translateX(${x}px)`;
    playhead.hidden = x < -1 || x > this.size.width + 1;
    const share = xOf(overviewAxis(this.size.width, this.duration), this.playhead);
    playheadWhole.style.transform = `translateX(${share}px)`;
  }

  private paint(): void {
    if (!this.elements || !this.size.width) return;
    const { canvas } = this.elements;
    if (!this.pen) {
      const on = canvas.getContext("2d");
      if (!on) return;
      this.pen = { on, palette: readPalette(canvas, on) };
    }
    const { width, height, ratio } = this.size;
    const pen: Pen = { ...this.pen, axis: this.axis, ratio };
    pen.on.setTransform(ratio, 0, 0, ratio, 0, 0);
    pen.on.fillStyle = pen.palette.surface;
    pen.on.fillRect(0, 0, width, height);
    this.paintRows(pen);
    paintRuler(pen);
    this.paintStrip(pen);
    // While the view is as somebody left it, the playhead may be out of it; that is no reason to go.
    this.wasInView = holds(this.shown, this.playhead);
    this.placePlayhead();
    for (const hear of this.watching) hear();
  }

  private paintRows(pen: Pen): void {
    const { rows, colors, selected, signals, editable } = this.content;
    const { height, width } = this.size;
    const scroll = this.elements?.scroller.scrollTop ?? 0;
    const show: Show = { rows, colors, selected, draft: this.changing };
    for (const row of rows) {
      const top = HEAD_HEIGHT + row.top - scroll;
      if (top > height) break;
      if (top + row.height < HEAD_HEIGHT) continue;
      paintRow(pen, row, { top, height: row.height, folded: row.folded, editable }, show);
      pen.on.fillStyle = pen.palette.sunken;
      pen.on.fillRect(0, Math.round(top + row.height) - 1, width, 1);
    }
    if (this.changing && signals) {
      paintGuides(pen, cutsOf(signals.cuts), HEAD_HEIGHT, height - HEAD_HEIGHT);
    }
  }

  /** The whole length is painted once and kept; only the window on it moves. */
  private paintStrip(pen: Pen): void {
    const { width, ratio } = this.size;
    if (!this.strip) {
      const strip = document.createElement("canvas");
      strip.width = Math.round(width * ratio);
      strip.height = Math.round(OVERVIEW_HEIGHT * ratio);
      const on = strip.getContext("2d");
      if (!on) return;
      on.setTransform(ratio, 0, 0, ratio, 0, 0);
      const { rows, colors, duration } = this.content;
      paintWhole(overviewPen({ ...pen, on }, duration), rows, colors);
      this.strip = strip;
    }
    pen.on.drawImage(this.strip, 0, 0, width, OVERVIEW_HEIGHT);
    paintWindow(pen, this.duration);
  }
}

interface Place {
  readonly top: number;
  readonly height: number;
  readonly folded: boolean;
  readonly editable: boolean;
}

function paintRow(pen: Pen, row: Row, place: Place, show: Show): void {
  switch (row.kind) {
    case "signals":
      if (row.signals) paintSignals(pen, row.signals, place);
      break;
    case "tag":
      paintTag(pen, { track: row.track, ...place }, show);
      break;
    case "texts":
      paintTexts(pen, row.items, place);
      break;
    case "coverage":
      paintCoverage(pen, row.coverage, place);
  }
}
