import { useQueryClient } from "@tanstack/react-query";
import { useCallback, useRef, useState } from "react";

import { answer, api } from "@/api/client";
import type { Edit } from "@/features/timeline/model";
import { words } from "@/strings";
import { done, failed, toasts } from "@/ui/toast";

import type { Pending } from "./edits";

/** Says corrections to the server; until what follows from them has come, they are `pending`. */
export function useEdits(id: string) {
  const queries = useQueryClient();
  const [pending, setPending] = useState<readonly Pending[]>([]);
  const next = useRef(1);

  const refetch = useCallback(
    () => queries.invalidateQueries({ queryKey: ["timeline", id] }),
    [queries, id],
  );

  const takeBack = useCallback(
    async (correction: string) => {
      toasts.undone(correction);
      try {
        await api.DELETE("/api/v1/media/{id}/corrections/{correction}", {
          params: { path: { id, correction } },
        });
        done(words.media.edits.taken);
      } catch (error) {
        failed(error);
      }
      await refetch();
    },
    [id, refetch],
  );

  const say = useCallback(
    async (edit: Edit, said: string) => {
      const one: Pending = { id: next.current++, edit };
      setPending((all) => [...all, one]);
      try {
        const kept = await answer(
          api.POST("/api/v1/media/{id}/corrections", {
            params: { path: { id } },
            body: { ...edit, note: "" },
          }),
        );
        done(said, {
          label: words.common.undo,
          run: () => void takeBack(kept.id),
          undoes: kept.id,
        });
        await refetch();
      } catch (error) {
        failed(error);
      } finally {
        setPending((all) => all.filter((other) => other !== one));
      }
    },
    [id, refetch, takeBack],
  );

  return { pending, say, takeBack };
}
