/** Where one was in a media: a reload, or the way back to it, leads there again. */
import { useLocation } from "@tanstack/react-router";
import { useEffect, useRef, useState } from "react";

import type { Playhead, SpanRef } from "@/features/timeline/model";

export interface Place {
  seconds: number;
  /** The span that was chosen. */
  span: SpanRef | null;
}

const NAME = "sightline-places";
const MOST = 50;

type Kept = Pick<Storage, "getItem" | "setItem">;
type Places = [name: string, place: Place][];

/** Of this tab's history: each step of it has a place of its own. */
export function keptPlace(storage: Kept, name: string): Place | null {
  return read(storage).find(([one]) => one === name)?.[1] ?? null;
}

export function keepPlace(storage: Kept, name: string, place: Place): void {
  const others = read(storage).filter(([one]) => one !== name);
  try {
    storage.setItem(NAME, JSON.stringify([...others, [name, place]].slice(-MOST)));
  } catch {
    // Full, or not allowed: the way back then leads to the beginning.
  }
}

function read(storage: Kept): Places {
  try {
    const found: unknown = JSON.parse(storage.getItem(NAME) ?? "[]");
    return Array.isArray(found) ? (found as Places) : [];
  } catch {
    return [];
  }
}

/** The name of where one is in the history, for this media. */
function useStep(media: string): string {
  const step = useLocation({ select: ({ state, href }) => state.__TSR_key ?? href });
  return `${step} ${media}`;
}

/** Where one was the last time at this step of the history; null the first time. */
export function usePlace(media: string): Place | null {
  const name = useStep(media);
  const [place] = useState(() => keptPlace(sessionStorage, name));
  return place;
}

export function useKeptPlace(media: string, playhead: Playhead, span: SpanRef | null): void {
  const name = useStep(media);
  const latest = useRef(span);
  useEffect(() => {
    latest.current = span;
  });
  useEffect(() => {
    const keep = () =>
      keepPlace(sessionStorage, name, { seconds: playhead.seconds, span: latest.current });
    window.addEventListener("pagehide", keep);
    return () => {
      window.removeEventListener("pagehide", keep);
      keep();
    };
  }, [name, playhead]);
}
