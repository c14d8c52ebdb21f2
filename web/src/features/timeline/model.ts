/** What the timeline shows and tells: agreed between it and the pages that use it. */
import type { Schemas } from "@/api/client";

export type Track = Schemas["TimelineTrack"];
export type Span = Schemas["TimelineSpan"];
export type Document = Schemas["TimelineDocument"];
export type Signals = Schemas["SignalsDocument"];

/** A span on show: that of this tag which begins at this second. */
export interface SpanRef {
  tag: string;
  start: number;
}

/** What a person made of a span by dragging or by key; as `POST …/corrections` takes it. */
export interface Edit {
  tag: string;
  start: number;
  end: number;
  present: boolean;
  replaces: [number, number] | null;
}

export interface TimelineProps {
  media: string;
  duration: number;
  document: Document;
  /** Null before it is known. */
  signals: Signals | null;
  playhead: Playhead;
  selected: SpanRef | null;
  /** Tags whose rows are hidden by a filter of the page. */
  hidden?: ReadonlySet<string>;
  onSeek: (seconds: number) => void;
  onSelect: (span: SpanRef | null) => void;
  /** Missing where the reader may not correct: then nothing can be dragged. */
  onEdit?: (edit: Edit) => void;
  /** Opens the sliders of a tag. */
  onTune?: (tag: string) => void;
  /** A drag on a tag's row makes a new span; without it, that takes Shift. */
  drawing?: boolean;
  /** Exact times of frames, in order, where they are known: edges come to rest at them. */
  frames?: readonly number[];
}

/**
 * Where the picture is: changes up to sixty times a second, so components listen to it instead of
 * being drawn anew.
 */
export class Playhead {
  private now = 0;
  private readonly listening = new Set<(seconds: number) => void>();

  get seconds(): number {
    return this.now;
  }

  set(seconds: number): void {
    if (seconds === this.now) return;
    this.now = seconds;
    for (const hear of this.listening) hear(seconds);
  }

  listen(hear: (seconds: number) => void): () => void {
    this.listening.add(hear);
    return () => this.listening.delete(hear);
  }
}
