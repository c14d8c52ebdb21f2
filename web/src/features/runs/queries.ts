/** Runs from the server, kept true by its events, and what a person may do with them. */
import {
  type InfiniteData,
  useInfiniteQuery,
  useMutation,
  useQuery,
  useQueryClient,
} from "@tanstack/react-query";

import { answer, api, type Schemas } from "@/api/client";
import { keys } from "@/api/keys";
import type { RunEvent } from "@/api/live";
import { useLive } from "@/api/LiveProvider";
import { failed } from "@/ui/toast";

import { type Action, hoped, moved, type Run, type RunState } from "./model";

export type Detail = Schemas["RunDetail"];
type Page = Schemas["RunsDocument"];

export const PAGE = 50;
const MOST_GOING_ON = 200;

export interface Wanted {
  state: readonly RunState[];
  source: string | null;
  media: string | null;
}

export function useRuns(wanted: Wanted) {
  useRunEvents();
  return useInfiniteQuery({
    queryKey: keys.runList(wanted),
    queryFn: ({ pageParam }) =>
      answer(
        api.GET("/api/v1/runs", {
          params: {
            query: {
              state: [...wanted.state],
              source: wanted.source ? [wanted.source] : [],
              media: wanted.media,
              offset: pageParam,
              limit: PAGE,
            },
          },
        }),
      ),
    initialPageParam: 0,
    getNextPageParam: (last, pages) => {
      const shown = pages.reduce((sum, page) => sum + page.items.length, 0);
      return shown < last.total && last.items.length ? shown : undefined;
    },
  });
}

/** Those that wait or are worked on. */
export function useGoingOn() {
  return useQuery({
    queryKey: [...keys.runs, "going on"],
    queryFn: () =>
      answer(
        api.GET("/api/v1/runs", {
          params: { query: { state: ["running", "queued"], limit: MOST_GOING_ON } },
        }),
      ),
  });
}

export function useRun(id: string) {
  useRunEvents();
  return useQuery({
    queryKey: keys.run(id),
    queryFn: () => answer(api.GET("/api/v1/runs/{run}", { params: { path: { run: id } } })),
  });
}

/** Moves runs on as they are told, before the room is fetched anew. */
export function useRunEvents(): void {
  const change = useChange();
  useLive("run", (event: RunEvent) => change(event.run, (run) => moved(run, event)));
}

type Cached = Page | InfiniteData<Page> | Detail;
type Change = <R extends Run>(run: R) => R;

/** Changes a run wherever it is kept. */
function useChange(): (id: string, change: Change) => void {
  const queries = useQueryClient();
  return (id, change) => {
    queries.setQueriesData<Cached>({ queryKey: keys.runs }, (kept): Cached | undefined =>
      kept ? inKept(kept, id, change) : undefined,
    );
  };
}

function inKept(kept: Cached, id: string, change: Change): Cached {
  if ("pages" in kept) {
    return { ...kept, pages: kept.pages.map((page) => inPage(page, id, change)) };
  }
  if ("items" in kept) return inPage(kept, id, change);
  return kept.id === id ? change(kept) : kept;
}

function inPage(page: Page, id: string, change: Change): Page {
  // Members of a run are kept in the same room, and are no runs.
  if (!page.items.some((run) => run.id === id)) return page;
  return { ...page, items: page.items.map((run) => (run.id === id ? change(run) : run)) };
}

/** Done at once on the page; what the server says counts, and its refusal is told. */
export function useAct() {
  const queries = useQueryClient();
  const change = useChange();
  return useMutation({
    mutationFn: ({ id, action }: { id: string; action: Action }) => act(id, action),
    onMutate: async ({ id, action }) => {
      await queries.cancelQueries({ queryKey: keys.runs });
      const before = queries.getQueriesData<Cached>({ queryKey: keys.runs });
      change(id, (run) => hoped(run, action));
      return before;
    },
    onSuccess: (run) => change(run.id, (kept) => ({ ...kept, ...run })),
    onError: (error, _, before) => {
      // Where the server cannot be reached, nothing else would take back what was hoped for.
      before?.forEach(([key, kept]) => queries.setQueryData(key, kept));
      failed(error);
    },
    onSettled: () => queries.invalidateQueries({ queryKey: keys.runs }),
  });
}

function act(id: string, action: Action): Promise<Detail> {
  const params = { path: { run: id } };
  switch (action) {
    case "pause":
      return answer(api.POST("/api/v1/runs/{run}/pause", { params }));
    case "resume":
      return answer(api.POST("/api/v1/runs/{run}/resume", { params }));
    case "cancel":
      return answer(api.POST("/api/v1/runs/{run}/cancel", { params }));
    case "retry":
      return answer(api.POST("/api/v1/runs/{run}/retry", { params }));
    case "front":
      return answer(api.PUT("/api/v1/runs/{run}/priority", { params, body: { priority: 1 } }));
  }
}
