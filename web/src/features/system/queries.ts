import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";

import { answer, api, every, type Schemas } from "@/api/client";
import { keys } from "@/api/keys";
import { words } from "@/strings";
import { done, failed } from "@/ui/toast";

export type System = Schemas["SystemView"];
export type Worker = Schemas["WorkerView"];
export type Token = Schemas["TokenView"];

const EVERY_MS = 5000;

export function useSystem() {
  return useQuery({
    queryKey: keys.system,
    queryFn: ({ signal }) => answer(api.GET("/api/v1/system", { signal })),
    refetchInterval: () => every(EVERY_MS),
  });
}

export function useHealth() {
  return useQuery({
    queryKey: [...keys.system, "health"],
    queryFn: ({ signal }) => answer(api.GET("/api/v1/health", { signal })),
    refetchInterval: () => every(EVERY_MS),
  });
}

const TOKENS = ["tokens"];

export function useTokens(enabled: boolean) {
  return useQuery({
    queryKey: TOKENS,
    queryFn: ({ signal }) => answer(api.GET("/api/v1/tokens", { signal })),
    enabled,
  });
}

export function useMakeToken() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (body: Schemas["TokenWish"]) => answer(api.POST("/api/v1/tokens", { body })),
    onSuccess: () => client.invalidateQueries({ queryKey: TOKENS }),
  });
}

export function useRevoke(token: Token) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: () =>
      answer(api.DELETE("/api/v1/tokens/{token_id}", { params: { path: { token_id: token.id } } })),
    onSuccess: async () => {
      await client.invalidateQueries({ queryKey: TOKENS });
      done(words.system.tokens.revoked(token.name));
    },
    onError: failed,
  });
}
