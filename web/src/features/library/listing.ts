/** The library as it is shown: the answer to the filter, held until that to the next has come. */
import {
  hashKey,
  keepPreviousData,
  type QueryClient,
  queryOptions,
  useQueries,
  useQuery,
  useQueryClient,
  type UseQueryResult,
} from "@tanstack/react-query";
import { useDebouncedValue } from "@mantine/hooks";
import { useEffect, useState } from "react";

import { answer, api, type Schemas } from "@/api/client";
import { keys } from "@/api/keys";

import { type Filter, isNarrowed, type Item, queryOf } from "./filter";
import { PAGE } from "./layout";
import { following, newer, plainly, type Shown } from "./shown";

type MediaPage = Schemas["MediaPage"];

/** Pages that only flit by while one scrolls far are not asked for. */
const SETTLED_MS = 80;

function pageOptions(filter: Filter, page: number) {
  return queryOptions({
    queryKey: keys.mediaList({ ...filter, page }),
    queryFn: ({ signal }) => {
      const query = queryOf(filter, page * PAGE, PAGE);
      return answer(api.GET("/api/v1/media", { params: { query }, signal }));
    },
  });
}

/** A page of what is on show, which begins as it was under the list's name before. */
function shownOptions(queries: QueryClient, shown: Shown, page: number, total?: number) {
  const before = shown.before && queries.getQueryState(pageOptions(shown.before, page).queryKey);
  const kept = before?.data;
  const same = kept?.total === (total ?? kept?.total);
  return {
    ...pageOptions(shown.filter, page),
    initialData: () => (same ? kept : undefined),
    initialDataUpdatedAt: () => (same ? before?.dataUpdatedAt : undefined),
  };
}

export type Listing =
  | { kind: "loading" }
  | { kind: "failed"; error: Error; retry: () => void }
  | { kind: "empty" }
  | { kind: "noMatch"; all: number | undefined }
  | { kind: "ready"; shown: Shown; total: number; all: number | undefined; news: News };

/** What was added while the list was held. */
export interface News {
  many: number;
  show: () => void;
}

/** While it is `held`, what is new waits: nothing in the list moves for it. */
export function useListing(filter: Filter, held: boolean): Listing {
  const queries = useQueryClient();
  // With all that is new, whether that is on show or waits.
  const head = useQuery({ ...pageOptions(filter, 0), placeholderData: keepPreviousData });
  const come = head.data !== undefined && !head.isPlaceholderData;
  const newest = come ? head.data.items[0]?.added_at : undefined;
  const [shown, setShown] = useState<Shown>(() => plainly(filter));
  const next = following(shown, { filter, come, held, newest });
  if (next !== shown) setShown(next);
  const front = useQuery(shownOptions(queries, shown, 0));
  useForgetting(shown);

  const narrowed = isNarrowed(shown.of);
  const all = useQuery({
    queryKey: keys.mediaList({ count: true }),
    queryFn: () => answer(api.GET("/api/v1/media", { params: { query: { limit: 1 } } })),
    enabled: narrowed,
  }).data?.total;
  const data = front.data ?? head.data;
  if (!data) {
    return head.error
      ? { kind: "failed", error: head.error, retry: () => void head.refetch() }
      : { kind: "loading" };
  }
  const { total } = data;
  const waiting = come ? waits(shown, head.data, total) : 0;
  if (total + waiting > 0) {
    const news = { many: waiting, show: () => setShown(plainly(shown.of)) };
    return { kind: "ready", shown, total, all: narrowed ? all : total, news };
  }
  return narrowed && all !== 0 ? { kind: "noMatch", all } : { kind: "empty" };
}

/** So many were added since the list is held; the first page knows, unless all on it are new. */
function waits(shown: Shown, head: MediaPage, total: number): number {
  const { until } = shown.filter;
  if (!until) return 0;
  const many = newer(head.items, until);
  return many < head.items.length ? many : Math.max(many, head.total - total);
}

/** What a list was before it was held is of no use after: what is new moves it. */
function useForgetting({ of, filter }: Shown): void {
  const queries = useQueryClient();
  useEffect(() => {
    if (!filter.until) return;
    const name = hashKey([of]);
    queries.removeQueries({
      queryKey: keys.mediaLists,
      type: "inactive",
      predicate: ({ queryKey }) => {
        const { page, ...rest } = (queryKey[2] ?? {}) as { page?: number };
        return page !== undefined && page > 0 && hashKey([rest]) === name;
      },
    });
  }, [queries, of, filter]);
}

export interface Pages {
  at: (index: number) => Item | undefined;
  /** Of a page that is on show and could not be loaded. */
  error: Error | null;
  retry: () => void;
}

/** What lies on these pages; asked for once they have been on show for a moment. */
export function usePages(shown: Shown, total: number, pages: readonly number[]): Pages {
  const queries = useQueryClient();
  const [settled] = useDebouncedValue(pages.join(), SETTLED_MS);
  const wanted = new Set(settled.split(",").map(Number));
  return useQueries({
    queries: pages.map((page) => ({
      ...shownOptions(queries, shown, page, total),
      enabled: page === 0 || wanted.has(page),
    })),
    combine: (results: UseQueryResult<MediaPage>[]) => ({
      at: (index: number) => {
        const place = pages.indexOf(Math.floor(index / PAGE));
        return results[place]?.data?.items[index % PAGE];
      },
      error: results.find((one) => one.error && !one.data)?.error ?? null,
      retry: () => results.forEach((one) => void (one.error && one.refetch())),
    }),
  });
}

/** What was loaded of a place, whether it is on show or not. */
export function useLoaded(filter: Filter): (index: number) => Item | undefined {
  const queries: QueryClient = useQueryClient();
  return (index) => {
    const { queryKey } = pageOptions(filter, Math.floor(index / PAGE));
    return queries.getQueryData(queryKey)?.items[index % PAGE];
  };
}
