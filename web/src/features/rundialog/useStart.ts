import { useMutation, useQueryClient } from "@tanstack/react-query";

import { api, type Schemas } from "@/api/client";
import { keys } from "@/api/keys";

import type { Body } from "./draft";

/** A run that was made, or the same one that was there already. */
export interface Started {
  made: boolean;
  run: Schemas["RunDetail"];
}

export function useStart() {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: async (body: Body): Promise<Started> => {
      const { data, response } = await api.POST("/api/v1/runs", { body });
      // A refusal was thrown before, so that there is an answer.
      return { made: response.status === 201, run: data as Schemas["RunDetail"] };
    },
    onSuccess: () => {
      void queries.invalidateQueries({ queryKey: keys.runs });
      void queries.invalidateQueries({ queryKey: keys.media });
    },
  });
}
