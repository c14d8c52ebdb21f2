import { useMutation } from "@tanstack/react-query";

import { answer, api } from "@/api/client";
import { useStart } from "@/features/rundialog/useStart";
import { failed } from "@/ui/toast";

import { useDesk } from "./desk";
import { bodyAgain } from "./distrusted";

/** Runs what was run before once more, as it was: what is known and trusted is not asked again. */
export function useAgain() {
  const { media, analyze } = useDesk();
  const start = useStart();
  return useMutation({
    mutationFn: async (runs: readonly (string | null)[]) => {
      for (const run of runs) {
        const detail =
          run === null
            ? null
            : await answer(api.GET("/api/v1/runs/{run}", { params: { path: { run } } }));
        if (detail?.spec) await start.mutateAsync(bodyAgain(detail.spec, media.id));
        // Nobody has kept what it was asked with: it has to be said again.
        else analyze();
      }
    },
    onError: failed,
  });
}
