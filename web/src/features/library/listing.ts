/** The library as it is shown: the answer to the filter, held until that to the next has come. */
import {
  keepPreviousData,
  type QueryClient,
  queryOptions,
  useQueries,
  useQuery,
  useQueryClient,
  type UseQueryResult,
} from "@tanstack/react-query";
import { useDebouncedValue } from "@mantine/hooks";
import { useState } from "react";

import { answer, api, type Schemas } from "@/api/client";
import { keys } from "@/api/keys";

import { type Filter, isNarrowed, type Item, queryOf } from "./filter";
import { PAGE } from "./layout";

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

export type Listing =
  | { kind: "loading" }
  | { kind: "failed"; error: Error; retry: () => void }
  | { kind: "empty" }
  | { kind: "noMatch"; all: number | undefined }
  | { kind: "ready"; filter: Filter; total: number; all: number | undefined };

export function useListing(filter: Filter): Listing {
  const head = useQuery({ ...pageOptions(filter, 0), placeholderData: keepPreviousData });
  const [shown, setShown] = useState(filter);
  const narrowed = isNarrowed(shown);
  const all = useQuery({
    queryKey: keys.mediaList({ count: true }),
    queryFn: () => answer(api.GET("/api/v1/media", { params: { query: { limit: 1 } } })),
    enabled: narrowed,
  }).data?.total;
  if (head.data && !head.isPlaceholderData && shown !== filter) setShown(filter);
  if (!head.data) {
    return head.error
      ? { kind: "failed", error: head.error, retry: () => void head.refetch() }
      : { kind: "loading" };
  }
  const { total } = head.data;
  if (total > 0) return { kind: "ready", filter: shown, total, all: narrowed ? all : total };
  return narrowed && all !== 0 ? { kind: "noMatch", all } : { kind: "empty" };
}

export interface Pages {
  at: (index: number) => Item | undefined;
  /** Of a page that is on show and could not be loaded. */
  error: Error | null;
  retry: () => void;
}

/** What lies on these pages; asked for once they have been on show for a moment. */
export function usePages(filter: Filter, pages: readonly number[]): Pages {
  const [settled] = useDebouncedValue(pages.join(), SETTLED_MS);
  const wanted = new Set(settled.split(",").map(Number));
  return useQueries({
    queries: pages.map((page) => ({
      ...pageOptions(filter, page),
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
