/** What the page of one media fetches. */
import { keepPreviousData, useQuery, useQueryClient } from "@tanstack/react-query";
import { useEffect, useRef } from "react";

import { answer, api, ApiError, every, type Schemas } from "@/api/client";
import { keys } from "@/api/keys";
import { useFoundTags } from "@/api/tags";
import type { Document } from "@/features/timeline/model";

export type Media = Schemas["sightline__api__models__media__MediaDocument"];
export type Run = Schemas["RunView"];
export type Evidence = Schemas["EvidenceView"];

const PREPARING_EVERY_MS = 1000;
const MEASURING_EVERY_MS = 3000;

export function useMedia(id: string) {
  return useQuery({
    queryKey: keys.mediaOne(id),
    queryFn: () => answer(api.GET("/api/v1/media/{id}", { params: { path: { id } } })),
  });
}

export function useTimeline(id: string, run: string | undefined) {
  return useQuery({
    queryKey: keys.timeline(id, run),
    queryFn: async () => {
      const found = await answer(
        api.GET("/api/v1/media/{id}/timeline", {
          params: { path: { id }, query: run === undefined ? {} : { run } },
        }),
      );
      // The client's types take pairs for lists of any length.
      return found as Document;
    },
    // Of this media only: the page is made anew for another one.
    placeholderData: keepPreviousData,
  });
}

/** `live`: a run is at it, which measures more. */
export function useSignals(id: string, live: boolean) {
  const queries = useQueryClient();
  const was = useRef(live);
  useEffect(() => {
    if (was.current && !live) void queries.invalidateQueries({ queryKey: keys.signals(id) });
    was.current = live;
  }, [queries, id, live]);
  return useQuery({
    queryKey: keys.signals(id),
    queryFn: () =>
      answer(
        api.GET("/api/v1/media/{id}/signals", {
          params: { path: { id }, query: { points: 1000 } },
        }),
      ),
    staleTime: 60_000,
    refetchInterval: ({ state }) =>
      live && !state.data?.complete ? every(MEASURING_EVERY_MS) : false,
  });
}

export function usePlayback(id: string, wanted: boolean) {
  return useQuery({
    queryKey: keys.playback(id),
    queryFn: () => answer(api.GET("/api/v1/media/{id}/playback", { params: { path: { id } } })),
    enabled: wanted,
    staleTime: Infinity,
    refetchInterval: ({ state }) =>
      state.data?.state === "preparing" ? every(PREPARING_EVERY_MS) : false,
  });
}

/** The runs that were asked for about a media, newest first. */
export function useRuns(id: string) {
  return useQuery({
    queryKey: keys.runList({ media: id }),
    queryFn: () => answer(api.GET("/api/v1/runs", { params: { query: { media: id, limit: 50 } } })),
  });
}

const GOING = new Set(["queued", "running", "paused"]);

/** Whether more may come of it by itself, or once somebody lets it go on. */
export function going({ state }: { state: string }): boolean {
  return GOING.has(state);
}

/** Names of tags for completion: of this media first, then of the library. */
export function useKnownTags(document: Document): string[] {
  const found = useFoundTags({ q: "", limit: 100 });
  const here = document.tracks.map((track) => track.tag);
  return [...new Set([...here, ...(found.data?.items.map((one) => one.tag) ?? [])])];
}

export function isGone(error: unknown): boolean {
  return error instanceof ApiError && error.status === 404;
}
