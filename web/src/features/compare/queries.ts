/** What is known of one video by each of two runs. */
import { keepPreviousData, useQuery } from "@tanstack/react-query";

import { answer, api, every, type Schemas } from "@/api/client";
import { useKnownEndpoints } from "@/api/endpoints";
import { keys } from "@/api/keys";

import type { Evidence, Prices } from "./model";

const PAGE = 1000;
/** Answers of one run that are compared; more would make the page slow. */
export const MOST_ANSWERS = 20_000;
const MOST_RUNS = 100;
const AGAIN_MS = 5000;

export function useTimeline(media: string, run?: string, enabled = true) {
  return useQuery({
    queryKey: keys.timeline(media, run),
    queryFn: () =>
      answer(
        api.GET("/api/v1/media/{id}/timeline", {
          params: { path: { id: media }, query: run ? { run } : {} },
        }),
        // The client's types make lists of pairs.
      ) as Promise<Schemas["TimelineDocument"]>,
    enabled: enabled && media !== "",
  });
}

/** The runs of the API that this video is part of, the latest first. */
export function useRunsOf(media: string) {
  return useQuery({
    queryKey: keys.runList({ compare: media }),
    queryFn: () =>
      answer(api.GET("/api/v1/runs", { params: { query: { media, limit: MOST_RUNS } } })),
  });
}

export interface AllEvidence {
  items: Evidence[];
  total: number;
}

/** All of it, page by page. `live`: it grows still. */
export function useEvidence(media: string, run: string, live: boolean) {
  return useQuery({
    // Once it has grown to its end it is fetched once more.
    queryKey: keys.evidence(media, { run, all: true, live }),
    queryFn: async ({ signal }): Promise<AllEvidence> => {
      const items: Evidence[] = [];
      for (;;) {
        const page: Schemas["EvidenceDocument"] = await answer(
          api.GET("/api/v1/media/{id}/evidence", {
            params: {
              path: { id: media },
              query: { run, offset: items.length, limit: PAGE },
            },
            signal,
          }),
        );
        items.push(...page.items);
        const all = items.length >= page.total || page.items.length === 0;
        if (all || items.length >= MOST_ANSWERS) return { items, total: page.total };
      }
    },
    placeholderData: keepPreviousData,
    refetchInterval: () => (live ? every(AGAIN_MS) : false),
  });
}

export function usePrices(): Prices {
  const found = useKnownEndpoints();
  return new Map(
    found.data?.items.map((one) => [one.name, { in: one.price_in, out: one.price_out }]),
  );
}
