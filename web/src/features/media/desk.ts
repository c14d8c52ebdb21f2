/** What the parts of the page share: the media, what is known of it, and what can be done with it. */
import { createContext, useContext } from "react";

import type { Document, Edit, Span, SpanRef } from "@/features/timeline/model";

import type { Media } from "./data";
import type { Transport } from "./transport";

/** Of it, what a moment needs: the same as long as the page shows the same media. */
export type Acts = Pick<
  Desk,
  "media" | "transport" | "select" | "why" | "confirm" | "reject" | "mayOperate"
>;

export interface Desk {
  media: Media;
  /** As it is drawn: with edits under way and numbers that are being tried. */
  document: Document;
  /** Nothing has come yet. */
  pending: boolean;
  /** Nothing will come: the timeline says why. */
  failed: boolean;
  /** The run that is shown alone. */
  run: string | undefined;
  transport: Transport;
  selected: SpanRef | null;
  select: (span: SpanRef | null) => void;
  /** Shows the evidence of a span, or of what is chosen. */
  why: (span: SpanRef) => void;
  confirm: (tag: string, span: Span) => void;
  reject: (tag: string, span: Span) => void;
  edit: (edit: Edit) => void;
  takeBack: (correction: string) => void;
  mayOperate: boolean;
  analyze: () => void;
}

export const DeskContext = createContext<Desk | null>(null);

export function useDesk(): Desk {
  const desk = useContext(DeskContext);
  if (!desk) throw new Error("There is no desk around this component");
  return desk;
}
