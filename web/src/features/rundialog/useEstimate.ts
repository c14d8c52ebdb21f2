import { useDebouncedValue } from "@mantine/hooks";
import { keepPreviousData, useQuery, type UseQueryResult } from "@tanstack/react-query";

import { answer, api, type Schemas } from "@/api/client";

import type { Body } from "./draft";

const AFTER_MS = 200;

export type Estimate = Schemas["EstimateView"];

/**
 * What a run would take, as it is being put together. The latest question's answer is the one that
 * is shown, and the last one stays until it comes. Null: there is nothing to reckon yet.
 */
export function useEstimate(body: Body | null): UseQueryResult<Estimate> {
  // Neither its name nor whom it tells changes what it takes.
  const asked = body ? { ...body, title: "", webhook: null, start_at: null } : null;
  const [settled] = useDebouncedValue(JSON.stringify(asked), AFTER_MS);
  return useQuery({
    queryKey: ["estimate", settled],
    queryFn: ({ signal }) =>
      answer(api.POST("/api/v1/runs/estimate", { body: JSON.parse(settled) as Body, signal })),
    enabled: settled !== "null" && asked !== null,
    placeholderData: keepPreviousData,
    retry: false,
  });
}
