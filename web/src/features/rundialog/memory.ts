/** What was asked for last, kept in this browser; each field is checked when it is read back. */
import { type Draft, FRESH, PASSES, REACHES, SAMPLINGS, tagName } from "./draft";

const PLACE = "sightline.run";

type Check<T> = (value: unknown) => value is T;

const isBoolean: Check<boolean> = (value): value is boolean => typeof value === "boolean";
const isText: Check<string> = (value): value is string =>
  typeof value === "string" && value.length <= 2000;
const isTexts: Check<string[]> = (value): value is string[] =>
  Array.isArray(value) && value.length <= 1000 && value.every(isText);
const oneOf =
  <T extends string>(all: readonly T[]): Check<T> =>
  (value): value is T =>
    all.some((one) => one === value);
const within =
  (least: number, most: number): Check<number> =>
  (value): value is number =>
    typeof value === "number" && value >= least && value <= most;
const orNull =
  <T>(check: Check<T>): Check<T | null> =>
  (value): value is T | null =>
    value === null || check(value);

/** What belongs to one run alone (its title, its question, when it starts) is not here. */
const CHECKS: { [K in keyof Draft]?: Check<Draft[K]> } = {
  tags: isTexts,
  tagSet: orNull(isText),
  describe: isBoolean,
  pass: oneOf(PASSES),
  sampling: oneOf(SAMPLINGS),
  every: isText,
  frames: within(1, 1_000_000),
  motion: within(1, 1_000_000),
  precision: isText,
  endpoints: isTexts,
  model: isText,
  doubt: isBoolean,
  repeats: within(1, 100),
  longestSide: orNull(within(32, 8192)),
  maxTokens: orNull(within(1, 1_000_000)),
  sharing: orNull(isBoolean),
  egress: orNull(oneOf(REACHES)),
  calls: orNull(within(0, 1e12)),
  tokens: orNull(within(0, 1e15)),
  cost: orNull(within(0, 1e12)),
  time: isText,
  webhook: isText,
};

/** What is good of this text; the rest is as when nothing was kept. */
export function readDraft(text: string | null): Draft {
  let kept: unknown = null;
  try {
    kept = JSON.parse(text ?? "null");
  } catch {
    // Not ours, or cut short: it counts as nothing.
  }
  if (typeof kept !== "object" || kept === null) return FRESH;
  const good = Object.entries(kept).filter(([field, value]) =>
    CHECKS[field as keyof Draft]?.(value),
  );
  return { ...FRESH, ...(Object.fromEntries(good) as Partial<Draft>) };
}

export function writtenDraft(draft: Draft): string {
  const kept = Object.keys(CHECKS).map((field) => [field, draft[field as keyof Draft]] as const);
  return JSON.stringify({ ...Object.fromEntries(kept), tags: draft.tags.map(tagName) });
}

export function recall(): Draft {
  try {
    return readDraft(localStorage.getItem(PLACE));
  } catch {
    return FRESH;
  }
}

export function remember(draft: Draft): void {
  try {
    localStorage.setItem(PLACE, writtenDraft(draft));
  } catch {
    // A browser that keeps nothing: the next dialog begins anew.
  }
}
