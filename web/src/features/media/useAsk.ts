import { useQueryClient } from "@tanstack/react-query";
import { useCallback, useEffect, useState } from "react";

import { answer, api, type Schemas } from "@/api/client";
import { keys } from "@/api/keys";
import { words } from "@/strings";
import { failed } from "@/ui/toast";

import { isGone } from "./data";

/** After which the words are asked for again, where the browser has given up. */
const AGAIN_MS = 2000;

/** A question from the moment it is sent until its stored answer is on the timeline. */
export type Asking =
  | { is: "idle" }
  | { is: "sending"; question: string }
  | { is: "going"; question: string; run: string; model: string; text: string; lost: boolean }
  | { is: "ended"; question: string; run: string; note: string }
  | { is: "refused"; question: string; reason: string };

export function useAsk(media: string) {
  const queries = useQueryClient();
  const [asking, setAsking] = useState<Asking>({ is: "idle" });
  const run = asking.is === "going" ? asking.run : null;

  const ask = useCallback(
    async (question: string): Promise<boolean> => {
      setAsking({ is: "sending", question });
      try {
        // What is left out is as the server has it by itself; the types take it for required.
        const body = { media: [media], ask: question } as Schemas["RunRequest"];
        const made = await answer(api.POST("/api/v1/runs", { body }));
        setAsking({ is: "going", question, run: made.id, model: "", text: "", lost: false });
        return true;
      } catch (error) {
        const reason = error instanceof Error ? error.message : String(error);
        setAsking({ is: "refused", question, reason });
        return false;
      }
    },
    [media],
  );

  const end = useCallback(
    async (id: string) => {
      let note = "";
      try {
        const ended = await answer(
          api.GET("/api/v1/runs/{run}", { params: { path: { run: id } } }),
        );
        if (ended.state === "cancelled") note = words.media.ask.cancelled;
        else if (ended.state !== "complete") note = words.media.ask.over(ended.note);
      } catch {
        // The timeline tells all the same whether there is an answer.
      }
      await Promise.all([
        queries.invalidateQueries({ queryKey: ["timeline", media] }),
        queries.invalidateQueries({ queryKey: keys.runs }),
      ]);
      setAsking((now) =>
        now.is === "going" && now.run === id
          ? { is: "ended", question: now.question, run: id, note }
          : now,
      );
    },
    [media, queries],
  );

  useEffect(() => {
    if (run === null) return;
    let left = false;
    let source: EventSource;
    let timer: ReturnType<typeof setTimeout> | undefined;
    const change = (next: (now: Asking & { is: "going" }) => Asking) =>
      setAsking((now) => (now.is === "going" && now.run === run ? next(now) : now));
    const listen = () => {
      source = new EventSource(`/api/v1/runs/${run}/words`);
      source.addEventListener("begin", (event: MessageEvent<string>) => {
        const { model } = JSON.parse(event.data) as { model?: string };
        change((now) => ({ ...now, model: model ?? "", text: "", lost: false }));
      });
      source.addEventListener("piece", (event: MessageEvent<string>) => {
        const { text } = JSON.parse(event.data) as { text?: string };
        change((now) => ({ ...now, text: now.text + (text ?? "") }));
      });
      source.addEventListener("end", () => {
        source.close();
        void end(run);
      });
      // After a cut the browser comes back by itself, after a refusal it does not; what was said so
      // far is said again.
      source.onerror = () => {
        change((now) => ({ ...now, lost: true }));
        if (source.readyState === EventSource.CLOSED) {
          timer = setTimeout(() => void again(), AGAIN_MS);
        }
      };
      source.onopen = () => change((now) => ({ ...now, lost: false }));
    };
    const again = async () => {
      const path = { run };
      const gone = await answer(api.GET("/api/v1/runs/{run}", { params: { path } })).then(
        () => false,
        isGone,
      );
      if (left) return;
      if (gone) void end(run);
      else listen();
    };
    listen();
    return () => {
      left = true;
      clearTimeout(timer);
      source.close();
    };
  }, [run, end]);

  const cancel = useCallback(async () => {
    if (run === null) return;
    await api.POST("/api/v1/runs/{run}/cancel", { params: { path: { run } } }).catch(failed);
  }, [run]);

  return { asking, ask, cancel };
}
