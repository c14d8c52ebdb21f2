/** What is known at a place of the timeline, for the card over the pointer. Pure. */
import { cutsOf, pairsOf, spansOf, stretchesOf, textsOf, unknownOf } from "./extents";
import type { Hit } from "./hits";
import type { Signals, Span, Track } from "./model";
import { firstAbove, type Extents, itemAt, itemNear } from "./pieces";
import type { Coverage, Row, RunPart, Text } from "./rows";

type Unknown = Track["unknown"][number];

export type Told =
  | { readonly kind: "span"; readonly tag: string; readonly span: Span }
  | { readonly kind: "unknown"; readonly of: string | null; readonly unknown: Unknown }
  | { readonly kind: "absent"; readonly tag: string }
  /** Only people speak of it: where they are silent, nobody has looked. */
  | { readonly kind: "unlooked"; readonly tag: string }
  | { readonly kind: "text"; readonly text: Text }
  | { readonly kind: "coverage"; readonly run: RunPart | null; readonly how: How }
  | { readonly kind: "signals"; readonly signs: readonly Sign[]; readonly motion: number | null }
  /** All that is there, where the pointer is on no row of its own. */
  | { readonly kind: "all"; readonly spans: readonly { tag: string; span: Span }[] }
  | { readonly kind: "nothing" };

export type How = "asked" | "shared" | "unknown" | "unasked";
export type Sign = "cut" | "black" | "frozen" | "alike";

function onTag(track: Track, span: Span | null, seconds: number): Told {
  if (span) return { kind: "span", tag: track.tag, span };
  const unknown = track.unknown[itemAt(unknownOf(track.unknown), seconds)];
  if (unknown) return { kind: "unknown", of: track.tag, unknown };
  return { kind: track.run === null ? "unlooked" : "absent", tag: track.tag };
}

function onTexts(items: readonly Text[], seconds: number, slack: number): Told {
  const text = items[itemNear(textsOf(items), seconds, slack)];
  if (!text) return { kind: "nothing" };
  return text.unknown
    ? { kind: "unknown", of: null, unknown: text.unknown }
    : { kind: "text", text };
}

function onCoverage(coverage: Coverage, run: RunPart | null, seconds: number): Told {
  const holds = (pairs: Coverage["asked"]) => itemAt(pairsOf(pairs), seconds) >= 0;
  const how: How = holds(coverage.unknown)
    ? "unknown"
    : holds(coverage.asked)
      ? "asked"
      : holds(coverage.shared)
        ? "shared"
        : "unasked";
  return { kind: "coverage", run, how };
}

function onSignals(signals: Signals | null, seconds: number, slack: number): Told {
  if (!signals?.points.length) return { kind: "signals", signs: [], motion: null };
  const near = (extents: Extents) => itemNear(extents, seconds, slack) >= 0;
  const cuts = cutsOf(signals.cuts);
  const signs: Sign[] = [];
  if (firstAbove(cuts, seconds + slack) > firstAbove(cuts, seconds - slack)) signs.push("cut");
  if (near(stretchesOf(signals.black))) signs.push("black");
  if (near(stretchesOf(signals.frozen))) signs.push("frozen");
  if (near(stretchesOf(signals.alike))) signs.push("alike");
  const { points } = signals;
  let [low, high] = [0, points.length];
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((points[middle]?.seconds ?? Infinity) > seconds) high = middle;
    else low = middle + 1;
  }
  return { kind: "signals", signs, motion: points[low - 1]?.motion ?? null };
}

/** Every tag that is seen at a moment. */
export function seenAt(rows: readonly Row[], seconds: number) {
  const seen: { tag: string; span: Span }[] = [];
  for (const row of rows) {
    if (row.kind !== "tag") continue;
    const span = row.track.spans[itemAt(spansOf(row.track.spans), seconds)];
    if (span) seen.push({ tag: row.track.tag, span });
  }
  return seen;
}

/** `slack`: seconds by which something narrow may be missed. */
export function told(hit: Hit, rows: readonly Row[], seconds: number, slack: number): Told {
  if (hit.zone !== "row") return { kind: "all", spans: seenAt(rows, seconds) };
  const { row } = hit;
  switch (row.kind) {
    case "tag":
      return onTag(row.track, hit.span, seconds);
    case "texts":
      return onTexts(row.items, seconds, slack);
    case "coverage":
      return onCoverage(row.coverage, row.run, seconds);
    case "signals":
      return onSignals(row.signals, seconds, slack);
  }
}
