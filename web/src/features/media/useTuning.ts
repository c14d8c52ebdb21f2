import { useQueryClient } from "@tanstack/react-query";
import { useCallback, useEffect, useRef, useState } from "react";

import { answer, api, type Schemas } from "@/api/client";
import type { Track } from "@/features/timeline/model";
import { words } from "@/strings";
import { done, failed } from "@/ui/toast";

import { Newest } from "./newest";

export type Numbers = Required<Schemas["ReadingRequest"]>;
export type Trial = Schemas["TrialDocument"];

export interface Tuning {
  numbers: Numbers;
  /** The track was read by numbers that a person has kept. */
  kept: boolean;
  trial: Trial | null;
  problem: string | null;
}

/** The sliders of one tag: each change is tried on the stored answers, nothing is kept by itself. */
export function useTuning(id: string, run: string | undefined) {
  const queries = useQueryClient();
  const [tuning, setTuning] = useState<Tuning | null>(null);
  const newest = useRef<Newest<Numbers, Trial> | null>(null);

  useEffect(() => {
    const query = run === undefined ? {} : { run };
    const one = new Newest<Numbers, Trial>(
      async (body) => {
        const found = await answer(
          api.POST("/api/v1/media/{id}/timeline/try", { params: { path: { id }, query }, body }),
        );
        // The client's types take pairs for lists of any length.
        return found as Trial;
      },
      (trial) => setTuning((now) => now && { ...now, trial, problem: null }),
      (error) =>
        setTuning(
          (now) =>
            now && { ...now, problem: error instanceof Error ? error.message : String(error) },
        ),
    );
    newest.current = one;
    // What was tried on the answers of one run says nothing of another's.
    return () => {
      one.drop();
      setTuning(null);
    };
  }, [id, run]);

  const open = useCallback((track: Track) => {
    const numbers = {
      tag: track.tag,
      threshold: track.threshold,
      max_gap: track.max_gap,
      min_length: track.min_length,
    };
    newest.current?.drop();
    setTuning({ numbers, kept: track.tuned, trial: null, problem: null });
    newest.current?.ask(numbers);
  }, []);

  const change = useCallback((numbers: Numbers) => {
    setTuning((now) => now && { ...now, numbers });
    newest.current?.ask(numbers);
  }, []);

  const drop = useCallback(() => {
    newest.current?.drop();
    setTuning(null);
  }, []);

  /** What was kept; meanwhile another tag may have been opened. */
  const dropOf = useCallback((tag: string) => {
    setTuning((now) => (now?.numbers.tag === tag ? null : now));
  }, []);

  const refetch = useCallback(
    () => queries.invalidateQueries({ queryKey: ["timeline", id] }),
    [queries, id],
  );

  const keep = useCallback(
    async (numbers: Numbers) => {
      try {
        await api.PUT("/api/v1/media/{id}/readings", { params: { path: { id } }, body: numbers });
        // What was tried stays on show until the same has come from the server.
        await refetch();
        done(words.media.tune.kept(numbers.tag));
        dropOf(numbers.tag);
      } catch (error) {
        failed(error);
      }
    },
    [id, refetch, dropOf],
  );

  const reset = useCallback(
    async (tag: string) => {
      try {
        await api.DELETE("/api/v1/media/{id}/readings", {
          params: { path: { id }, query: { tag } },
        });
        await refetch();
        done(words.media.tune.back(tag));
        dropOf(tag);
      } catch (error) {
        failed(error);
      }
    },
    [id, refetch, dropOf],
  );

  return { tuning, open, change, keep, reset, drop };
}
