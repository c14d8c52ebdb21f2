import { useQuery } from "@tanstack/react-query";

import { answer, api } from "./client";
import { keys } from "./keys";

/** The endpoints that there are, for pages that only name them. */
export function useKnownEndpoints() {
  return useQuery({
    queryKey: keys.endpoints,
    queryFn: ({ signal }) => answer(api.GET("/api/v1/endpoints", { signal })),
  });
}
