/** From when on answers of an endpoint are distrusted. Pure. */
import type { Endpoint } from "./model";

const DAY_MS = 86_400_000;

/** As `<input type=datetime-local>` has it, by the reader's own clock. */
export function asLocal(at = new Date()): string {
  const two = (value: number) => String(value).padStart(2, "0");
  const day = [at.getFullYear(), two(at.getMonth() + 1), two(at.getDate())].join("-");
  return `${day}T${two(at.getHours())}:${two(at.getMinutes())}`;
}

export type Since = { is: "usable"; at: string } | { is: "missing" } | { is: "future" };

/** What is in the field, as the server takes it. */
export function sinceIn(text: string, now = new Date()): Since {
  const at = new Date(text);
  // Before 1970 there was nobody to answer; the server does not take it.
  if (!text || Number.isNaN(at.getTime()) || at.getTime() < 0) return { is: "missing" };
  return at > now ? { is: "future" } : { is: "usable", at: at.toISOString() };
}

/**
 * From when on its answers are in doubt: since it was measured and found right, as it may have
 * changed then; else a day.
 */
export function usualSince(
  { profile, state }: Pick<Endpoint, "profile" | "state">,
  now = new Date(),
): Date {
  if (!profile) return new Date(now.getTime() - DAY_MS);
  const measured = Date.parse(profile.probed_at);
  // It was wrong before a probe found that out, and has not been asked since.
  return new Date(state === "quarantined" ? measured - DAY_MS : measured);
}
