import { useMutation, useQueryClient } from "@tanstack/react-query";

import { answer, api, type Schemas } from "@/api/client";
import { keys } from "@/api/keys";
import { failed } from "@/ui/toast";

type Made = Schemas["sightline__api__models__media__MediaDocument"];

/** Makes a short video to try things on. `made` hears of it once the library has it. */
export function useSample(made: (sample: Made) => void) {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: () => answer(api.POST("/api/v1/media/sample")),
    onSuccess: async (sample) => {
      await queries.invalidateQueries({ queryKey: keys.media });
      made(sample);
    },
    onError: failed,
  });
}
