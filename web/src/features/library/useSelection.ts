import { type Dispatch, type SetStateAction, useRef, useState } from "react";

import { failed } from "@/ui/toast";

import { fetchBetween, type Filter, type Item } from "./filter";
import { useLoaded } from "./listing";
import { NOTHING, type Selection, toggle, withAll, without } from "./selection";

export interface Selecting {
  selection: Selection;
  /** One more or less, or with `range` all from the last one on. */
  select: (index: number, item: Item, range: boolean) => void;
  all: () => void;
  clear: () => void;
  drop: (gone: Iterable<string>) => void;
}

/** What is selected of a list; what was not loaded yet is fetched when it is selected. */
export function useSelection(
  [selection, setSelection]: [Selection, Dispatch<SetStateAction<Selection>>],
  filter: Filter,
  total: number,
): Selecting {
  const [anchor, setAnchor] = useState<number | null>(null);
  const loaded = useLoaded(filter);

  // What comes in after all was cleared is not wanted any more.
  const cleared = useRef(0);
  const add = async (first: number, last: number) => {
    const found = new Map<string, string>();
    for (let index = first; index <= last; index += 1) {
      const item = loaded(index);
      if (!item) {
        try {
          const asked = cleared.current;
          const more = await fetchBetween(filter, first, last);
          if (asked === cleared.current) setSelection((had) => withAll(had, more));
        } catch (error) {
          failed(error);
        }
        return;
      }
      found.set(item.id, item.title);
    }
    setSelection((had) => withAll(had, found));
  };

  return {
    selection,
    select: (index, item, range) => {
      setAnchor(index);
      if (range && anchor !== null) {
        void add(Math.min(anchor, index), Math.max(anchor, index));
      } else {
        setSelection((had) => toggle(had, item.id, item.title));
      }
    },
    all: () => void add(0, total - 1),
    clear: () => {
      cleared.current += 1;
      setSelection(NOTHING);
      setAnchor(null);
    },
    drop: (gone) => setSelection((had) => without(had, gone)),
  };
}
