import { useQuery } from "@tanstack/react-query";

import { answer, api } from "@/api/client";
import { keys } from "@/api/keys";

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
