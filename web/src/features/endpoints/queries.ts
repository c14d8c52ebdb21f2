/** What the endpoints' pages fetch and change, and what becomes stale by it. */
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";

import { answer, api, ApiError, every, type Schemas } from "@/api/client";
import { keys } from "@/api/keys";
import { useScope } from "@/api/session";
import { words } from "@/strings";
import { done, failed } from "@/ui/toast";

import { sameServer } from "./model";

export type Errand = Schemas["ErrandDocument"];
export type ErrandKind = Errand["kind"];
export type Discovered = Schemas["DiscoveredDocument"];
export type NewEndpoint = Schemas["NewEndpoint"];
export type EndpointChange = Schemas["EndpointChange"];
export type Offered = Schemas["ModelDocument"];

const LOOK_MS = 15_000;
const ACTIVITY_MS = 1000;
const ERRAND_MS = 1000;

export function useEndpoints() {
  return useQuery({
    queryKey: keys.endpoints,
    queryFn: ({ signal }) => answer(api.GET("/api/v1/endpoints", { signal })),
    // A server that goes away tells nobody.
    refetchInterval: LOOK_MS,
  });
}

/** Each second while the page is in sight: out of sight, nothing is polled. */
export function useActivity(enabled: boolean) {
  return useQuery({
    queryKey: keys.activity,
    queryFn: ({ signal }) => answer(api.GET("/api/v1/endpoints/activity", { signal })),
    enabled,
    refetchInterval: (query) => (query.state.status === "error" ? LOOK_MS : every(ACTIVITY_MS)),
    retry: false,
    staleTime: 0,
  });
}

export function useDiscovery(enabled: boolean) {
  return useQuery({
    queryKey: ["discovered"],
    queryFn: ({ signal }) => answer(api.POST("/api/v1/endpoints/discover", { signal })),
    enabled,
    staleTime: 30_000,
    retry: false,
  });
}

/** What an endpoint offers: it is asked, and its answer may be why it does not tell. */
export function useModelsOf(name: string | null, enabled: boolean) {
  const { mayOperate } = useScope();
  return useQuery({
    queryKey: keys.endpointModels(name ?? ""),
    queryFn: ({ signal }) =>
      answer(
        api.GET("/api/v1/endpoints/{name}/models", {
          params: { path: { name: name ?? "" } },
          signal,
        }),
      ),
    enabled: enabled && name !== null && mayOperate,
    staleTime: 30_000,
    retry: false,
  });
}

/** What the server at a URL offers, where that is known: it runs on this machine. */
export function useModelsAt(url: string | null, enabled: boolean): Offered[] | undefined {
  const { isAdmin } = useScope();
  const { data } = useDiscovery(enabled && isAdmin && url !== null);
  return data?.items.find((one) => sameServer(one.url, url))?.models;
}

function useRefresh(): () => Promise<void> {
  const client = useQueryClient();
  return () => client.invalidateQueries({ queryKey: keys.endpoints, exact: true });
}

export function useAdd() {
  const refresh = useRefresh();
  return useMutation({
    mutationFn: (body: NewEndpoint) => answer(api.POST("/api/v1/endpoints", { body })),
    onSuccess: refresh,
  });
}

export function useChange(name: string) {
  const refresh = useRefresh();
  return useMutation({
    mutationFn: (body: EndpointChange) =>
      answer(api.PATCH("/api/v1/endpoints/{name}", { params: { path: { name } }, body })),
    onSuccess: refresh,
  });
}

export function useRemove(name: string) {
  const refresh = useRefresh();
  return useMutation({
    mutationFn: () =>
      answer(api.DELETE("/api/v1/endpoints/{name}", { params: { path: { name } } })),
    onSuccess: async () => {
      await refresh();
      done(words.endpoints.removeDialog.removed(name));
    },
    onError: failed,
  });
}

export function usePause(name: string) {
  const refresh = useRefresh();
  const change = useMutation({
    mutationFn: (pause: boolean) => {
      const named = { params: { path: { name } } };
      return pause
        ? answer(api.POST("/api/v1/endpoints/{name}/pause", named))
        : answer(api.POST("/api/v1/endpoints/{name}/resume", named));
    },
    onSuccess: async (_, pause) => {
      await refresh();
      if (pause) {
        const undo = { label: words.common.undo, run: () => change.mutate(false) };
        done(words.endpoints.paused(name), undo);
      } else done(words.endpoints.resumed(name));
    },
    onError: failed,
  });
  return change;
}

export function useTest(name: string) {
  return useMutation({
    mutationFn: (model: string | null) =>
      answer(
        api.POST("/api/v1/endpoints/{name}/test", { params: { path: { name } }, body: { model } }),
      ),
  });
}

/** A probe or a download: begun here, or found to be under way. */
export function useErrand(kind: ErrandKind, name: string) {
  const client = useQueryClient();
  const refresh = useRefresh();
  const key = ["errand", kind, name];
  const named = { params: { path: { name } } };
  const path =
    kind === "probe" ? "/api/v1/endpoints/{name}/probe" : "/api/v1/endpoints/{name}/pull";
  const state = useQuery({
    queryKey: key,
    queryFn: async ({ signal }): Promise<Errand | null> => {
      try {
        const errand = await answer(api.GET(path, { ...named, signal }));
        if (errand.stage !== "running") void refresh();
        return errand;
      } catch (error) {
        // The server has begun anew since, and knows nothing of it.
        if (error instanceof ApiError && error.status === 404) return null;
        throw error;
      }
    },
    // Nobody is asked before something was begun: there is nothing to tell, and it would be a 404.
    enabled: (query) => query.state.data?.stage === "running",
    refetchInterval: (query) => (query.state.data?.stage === "running" ? every(ERRAND_MS) : false),
    gcTime: Infinity,
  });
  const begin = useMutation({
    mutationFn: async (model: string | null) => {
      try {
        return kind === "probe"
          ? await answer(api.POST("/api/v1/endpoints/{name}/probe", { ...named, body: { model } }))
          : await answer(
              api.POST("/api/v1/endpoints/{name}/pull", { ...named, body: { model: model ?? "" } }),
            );
      } catch (error) {
        // Somebody else has begun it: then it is theirs that is shown.
        if (error instanceof ApiError && error.status === 409) {
          const theirs = await answer(api.GET(path, named)).catch(() => null);
          if (theirs?.stage === "running") return theirs;
        }
        throw error;
      }
    },
    onSuccess: (errand) => client.setQueryData(key, errand),
    onError: failed,
  });
  return {
    errand: state.data,
    begin,
    dismiss: () => client.setQueryData(key, null),
  };
}
