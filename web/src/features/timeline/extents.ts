/** The search trees of what is on show, made once for each list that the server sent. */
import type { Schemas } from "@/api/client";

import type { Signals, Span, Track } from "./model";
import { extentsOf } from "./pieces";
import type { Coverage, Text } from "./rows";

type Unknown = Schemas["TimelineUnknown"];
type Stretch = Schemas["StretchDocument"];

function remembered<K extends object, V>(make: (key: K) => V): (key: K) => V {
  const made = new WeakMap<K, V>();
  return (key) => {
    let value = made.get(key);
    if (value === undefined) {
      value = make(key);
      made.set(key, value);
    }
    return value;
  };
}

/** With what may yet belong to them at their edges. */
export const spansOf = remembered((spans: Track["spans"]) =>
  extentsOf<Span>(
    spans,
    (span) => Math.min(span.start, span.start_range[0]),
    (span) => Math.max(span.end, span.end_range[1]),
  ),
);

export const unknownOf = remembered((unknown: Track["unknown"]) =>
  extentsOf<Unknown>(
    unknown,
    (one) => one.start,
    (one) => one.end,
  ),
);

export const textsOf = remembered((texts: readonly Text[]) =>
  extentsOf(
    texts,
    (one) => one.start,
    (one) => one.end,
  ),
);

export const pairsOf = remembered((pairs: Coverage["asked"]) =>
  extentsOf<[number, number]>(
    pairs,
    (one) => one[0],
    (one) => one[1],
  ),
);

export const stretchesOf = remembered((stretches: readonly Stretch[]) =>
  extentsOf(
    stretches,
    (one) => one.start_s,
    (one) => one.end_s,
  ),
);

export const cutsOf = remembered((cuts: readonly number[]) => Float64Array.from(cuts));

export interface Motion {
  readonly seconds: Float64Array;
  /** 0 to 1 of the most there is. */
  readonly share: Float64Array;
}

/** Motion as a share of the most, so that calm videos show their little, too: but not noise. */
export const motionOf = remembered((points: Signals["points"]): Motion => {
  const values = points.map((point) => point.motion).toSorted((a, b) => a - b);
  const most = Math.max(12, values[Math.floor(values.length * 0.99)] ?? 0);
  return {
    seconds: Float64Array.from(points, (point) => point.seconds),
    share: Float64Array.from(points, (point) => Math.min(1, point.motion / most)),
  };
});
