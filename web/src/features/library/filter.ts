/** What the library is asked for: read from the address, so that an address shows the same again. */
import { api, answer, type Schemas } from "@/api/client";
import type { LibrarySearch } from "@/app/addresses";

export type Item = Schemas["MediaPage"]["items"][number];
export type State = Schemas["StandingState"];
export type Kind = Schemas["MediaKind"];
export type Order = Schemas["Order"];

export const STATES: readonly State[] = [
  "new",
  "queued",
  "running",
  "paused",
  "complete",
  "partial",
  "failed",
  "cancelled",
];
export const KINDS: readonly Kind[] = ["video", "image", "image_set"];
export const ORDERS: readonly Order[] = ["added", "oldest", "title", "longest", "largest"];

export interface Filter {
  q: string;
  tag: readonly string[];
  state: readonly State[];
  kind: readonly Kind[];
  sort: Order;
  /** Without what was added after this: a list at which somebody is at work. */
  until?: string;
}

/** What narrows the list by choice from a menu. */
export type Room = "tag" | "state" | "kind";

/** What an address means; words in it that the server does not know are left out. */
export function filterOf(search: LibrarySearch): Filter {
  return {
    q: search.q ?? "",
    tag: search.tag ?? [],
    state: STATES.filter((one) => search.state?.includes(one)),
    kind: KINDS.filter((one) => search.kind?.includes(one)),
    sort: ORDERS.find((one) => one === search.sort) ?? "added",
  };
}

export function isNarrowed(filter: Filter): boolean {
  return Boolean(filter.q.trim() || filter.tag.length || filter.state.length || filter.kind.length);
}

/** The address with a value more or less in one room; an empty room is left out. */
export function toggled(search: LibrarySearch, room: Room, value: string): LibrarySearch {
  const had = search[room] ?? [];
  const now = had.includes(value) ? had.filter((one) => one !== value) : [...had, value];
  const rest = without(search, room);
  return now.length ? { ...rest, [room]: now } : rest;
}

/** The address with other words to search for; none are left out. */
export function searched(search: LibrarySearch, q: string): LibrarySearch {
  const rest = without(search, "q");
  return q ? { ...rest, q } : rest;
}

function without(search: LibrarySearch, room: keyof LibrarySearch): LibrarySearch {
  return Object.fromEntries(Object.entries(search).filter(([key]) => key !== room));
}

/** The address without what narrows; order and view stay. */
export function cleared(search: LibrarySearch): LibrarySearch {
  const { sort, view } = search;
  return { ...(sort ? { sort } : {}), ...(view ? { view } : {}) };
}

export function queryOf(filter: Filter, offset: number, limit: number) {
  return {
    ...(filter.q.trim() ? { q: filter.q.trim() } : {}),
    ...(filter.tag.length ? { tag: [...filter.tag] } : {}),
    ...(filter.state.length ? { state: [...filter.state] } : {}),
    ...(filter.kind.length ? { kind: [...filter.kind] } : {}),
    sort: filter.sort,
    ...(filter.until ? { added_until: filter.until } : {}),
    offset,
    limit,
  };
}

const MOST_AT_ONCE = 500;

/** Those from one place to another, both included, with their titles. */
export async function fetchBetween(
  filter: Filter,
  first: number,
  last: number,
): Promise<Map<string, string>> {
  const found = new Map<string, string>();
  for (let offset = first; offset <= last; offset += MOST_AT_ONCE) {
    const limit = Math.min(MOST_AT_ONCE, last - offset + 1);
    const query = queryOf(filter, offset, limit);
    const page = await answer(api.GET("/api/v1/media", { params: { query } }));
    for (const item of page.items) found.set(item.id, item.title);
    if (page.items.length < limit) break;
  }
  return found;
}
