/** Which list is on show: that of the filter, or how it was when somebody began to work in it. */
import type { Filter } from "./filter";

export interface Shown {
  /** What was asked for: another one is another list. */
  of: Filter;
  /** The same, or while the list is held without what was added since. */
  filter: Filter;
  /** The same list under the name that it had before; null where that was another one. */
  before: Filter | null;
}

export function plainly(filter: Filter): Shown {
  return { of: filter, filter, before: null };
}

/**
 * What is on show next; `shown` itself where that stays. What was asked for comes on show once it
 * is there (`come`). A list that begins with the newest stays as it is while it is `held`: what is
 * added meanwhile would push away what one looks at.
 */
export function following(
  shown: Shown,
  now: { filter: Filter; come: boolean; held: boolean; newest: string | undefined },
): Shown {
  const { of, filter } = shown;
  if (of !== now.filter) return now.come ? plainly(now.filter) : shown;
  if (!now.held) return filter.until ? { of, filter: of, before: filter } : shown;
  if (filter.until || of.sort !== "added" || !now.newest) return shown;
  return { of, filter: { ...of, until: now.newest }, before: of };
}

interface Dated {
  added_at: string;
}

/** Of media sorted by when they were added, newest first: those that came after a moment. */
export function newer(items: readonly Dated[], until: string): number {
  const then = sortable(until);
  const first = items.findIndex((item) => sortable(item.added_at) <= then);
  return first < 0 ? items.length : first;
}

/** Moments of the server are in UTC, to the microsecond, without the zeros at their end. */
function sortable(moment: string): string {
  const [whole = "", fraction = ""] = moment.replace(/Z|\+00:00$/, "").split(".");
  return `${whole}.${fraction.padEnd(6, "0")}`;
}
