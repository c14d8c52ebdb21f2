import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";

import { answer, api } from "@/api/client";
import { keys } from "@/api/keys";
import { words } from "@/strings";
import { done, failed } from "@/ui/toast";

/** The newest few: what a first run would be about. */
const FEW = 6;

export function useNewest() {
  const query = { limit: FEW } as const;
  return useQuery({
    queryKey: keys.mediaList({ newest: FEW }),
    queryFn: ({ signal }) => answer(api.GET("/api/v1/media", { params: { query }, signal })),
  });
}

export function useAnyRuns() {
  const query = { limit: 1 } as const;
  return useQuery({
    queryKey: keys.runList({ any: true }),
    queryFn: ({ signal }) => answer(api.GET("/api/v1/runs", { params: { query }, signal })),
  });
}

export function useSample() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: () => answer(api.POST("/api/v1/media/sample")),
    onSuccess: async (made) => {
      await client.invalidateQueries({ queryKey: keys.media });
      done(words.welcome.media.made(made.title));
    },
    onError: failed,
  });
}
