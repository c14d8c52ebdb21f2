import { keepPreviousData, useQuery } from "@tanstack/react-query";

import { answer, api } from "./client";
import { keys } from "./keys";

/** Tags that were found somewhere and have these letters, most frequent first. */
export function useFoundTags(of: { q: string; limit: number; enabled?: boolean }) {
  const { q, limit, enabled = true } = of;
  return useQuery({
    queryKey: keys.mediaTags(q, limit),
    queryFn: ({ signal }) =>
      answer(api.GET("/api/v1/media/tags", { params: { query: { q, limit } }, signal })),
    placeholderData: keepPreviousData,
    enabled,
  });
}
