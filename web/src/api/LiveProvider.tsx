/** Keeps what the page has fetched true: each live event makes stale what it is about. */
import { useQueryClient } from "@tanstack/react-query";
import { type ReactNode, useEffect, useRef, useSyncExternalStore } from "react";

import { keys } from "./keys";
import { type Connection, type Kind, live, type LiveEvents } from "./live";

/** At most one refresh of a room in this time: a busy run tells of itself every second. */
const EVERY_MS = 1000;

export function LiveProvider({ children }: { children: ReactNode }) {
  const queries = useQueryClient();
  useEffect(() => {
    const due = new Map<string, ReturnType<typeof setTimeout>>();
    const refresh = (key: readonly string[]) => {
      const name = key.join();
      if (due.has(name)) return;
      void queries.invalidateQueries({ queryKey: key });
      due.set(
        name,
        setTimeout(() => {
          due.delete(name);
          void queries.invalidateQueries({ queryKey: key });
        }, EVERY_MS),
      );
    };
    const was = { connection: live.connection };
    const stop = [
      live.on("run", (event) => {
        refresh(keys.media);
        refresh(keys.runs);
        if (event.media) event.media.forEach((id) => refresh(["timeline", id]));
        else refresh(keys.timelines);
      }),
      live.on("media", () => refresh(keys.media)),
      live.on("timeline", ({ media }) => {
        refresh(media ? ["timeline", media] : keys.timelines);
        refresh(keys.media);
      }),
      live.on("endpoints", () => refresh(keys.endpoints)),
      live.on("settings", () => {
        refresh(keys.settings);
        refresh(keys.endpoints);
      }),
      live.on("tag-sets", () => refresh(keys.tagSets)),
      live.watch(() => {
        if (live.connection === "online" && was.connection === "offline") {
          void queries.invalidateQueries();
        }
        was.connection = live.connection;
      }),
      live.start(),
    ];
    return () => {
      stop.forEach((end) => end());
      due.forEach((timer) => clearTimeout(timer));
    };
  }, [queries]);
  return children;
}

/** Whether live events come in. */
export function useConnection(): Connection {
  return useSyncExternalStore(
    (changed) => live.watch(changed),
    () => live.connection,
  );
}

/** Calls `hear` at each event of a kind while the component is shown. */
export function useLive<K extends Kind>(kind: K, hear: (data: LiveEvents[K]) => void): void {
  const latest = useRef(hear);
  useEffect(() => {
    latest.current = hear;
  });
  useEffect(() => live.on(kind, (data) => latest.current(data)), [kind]);
}
