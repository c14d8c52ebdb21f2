import { useEffect, useState } from "react";

import { frameUrl } from "@/lib/pictures";

import type { Item } from "./filter";
import { nearest, secondOf } from "./scrub";

/** A moment is fetched once the pointer has rested on it for so long. */
const RESTED_MS = 60;

/** Pixels. */
export const SCRUB_WIDTH = 320;

export interface Scrub {
  /** Moments that are loaded: they lie above each other, and one is on show. */
  loaded: ReadonlySet<number>;
  shown: number | null;
}

/** Loads the wanted moment of a video; until it is there the nearest loaded one is shown. */
export function useScrub(item: Item, wanted: number | null): Scrub {
  const [had, setHad] = useState({ id: item.id, loaded: new Set<number>() });
  const loaded = had.id === item.id ? had.loaded : NONE;
  const missing = wanted !== null && !loaded.has(wanted);
  useEffect(() => {
    if (!missing) return;
    let over = false;
    const timer = setTimeout(() => {
      const image = new Image();
      image.src = frameUrl(item.id, secondOf(wanted, item.duration_s), SCRUB_WIDTH);
      image.decode().then(
        () => {
          if (over) return;
          setHad((was) => ({
            id: item.id,
            loaded: new Set([...(was.id === item.id ? was.loaded : []), wanted]),
          }));
        },
        () => undefined, // The thumbnail goes on being shown.
      );
    }, RESTED_MS);
    return () => {
      over = true;
      clearTimeout(timer);
    };
  }, [missing, wanted, item.id, item.duration_s]);
  return { loaded, shown: wanted === null ? null : nearest(loaded, wanted) };
}

const NONE: ReadonlySet<number> = new Set<number>();
