/** Which rows there are, in an order that stays, and which of them are folded or left out. */
import { useCallback, useMemo, useState } from "react";

import type { TimelineProps } from "./model";
import { arranged, contents, type Keyed, type Row, RowOrder } from "./rows";

const NONE: ReadonlySet<string> = new Set();

function toggled(keys: ReadonlySet<string>, key: string): ReadonlySet<string> {
  const next = new Set(keys);
  if (!next.delete(key)) next.add(key);
  return next;
}

export function useRows(props: Pick<TimelineProps, "media" | "document" | "signals" | "hidden">): {
  all: readonly Keyed[];
  rows: readonly Row[];
  without: ReadonlySet<string>;
  fold: (key: string) => void;
  leave: (key: string) => void;
} {
  const { media, document, signals, hidden } = props;
  const [folded, setFolded] = useState(NONE);
  const [without, setWithout] = useState(NONE);
  // eslint-disable-next-line react-hooks/exhaustive-deps -- another media, another order
  const order = useMemo(() => new RowOrder(), [media]);
  const all = useMemo(() => contents(document, signals, order), [document, signals, order]);
  const rows = useMemo(
    () => arranged(all, { folded, without, hidden }),
    [all, folded, without, hidden],
  );
  return {
    all,
    rows,
    without,
    fold: useCallback((key: string) => setFolded((keys) => toggled(keys, key)), []),
    leave: useCallback((key: string) => setWithout((keys) => toggled(keys, key)), []),
  };
}
