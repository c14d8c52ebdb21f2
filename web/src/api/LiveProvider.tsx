/** Keeps what the page has fetched true: each live event makes stale what it is about. */
import { useQueryClient } from "@tanstack/react-query";
import { type ReactNode, useEffect, useRef, useSyncExternalStore } from "react";

import { keys } from "./keys";
import { type Connection, type Kind, live, type LiveEvents } from "./live";
import { type Key, Refresher } from "./refresher";

export function LiveProvider({ children }: { children: ReactNode }) {
  const queries = useQueryClient();
  useEffect(() => {
    const refresher = new Refresher((queryKey) => queries.invalidateQueries({ queryKey }));
    const refresh = (key: Key) => refresher.hear(key);
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
        // Of no media: answers have come out of use, or back, wherever they were given.
        if (!media) refresh(keys.evidences);
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
          mendPictures();
        }
        // The line does not say why it broke; this does, where one is not logged in any more.
        if (live.connection === "offline") {
          void queries.invalidateQueries({ queryKey: keys.session });
        }
        was.connection = live.connection;
      }),
      live.start(),
    ];
    return () => {
      stop.forEach((end) => end());
      refresher.stop();
    };
  }, [queries]);
  return children;
}

/** Pictures that did not come while the server was away are asked for once more. */
function mendPictures(): void {
  for (const picture of document.images) {
    const { complete, naturalWidth, src } = picture;
    if (complete && naturalWidth === 0 && src) picture.src = src;
  }
}

/** Whether live events come in. */
export function useConnection(): Connection {
  return useSyncExternalStore(
    (changed) => live.watch(changed),
    () => live.connection,
  );
}

/** Changes whenever the server has come back: for what does not come by a query, as pictures do. */
export function useReturns(): number {
  return useSyncExternalStore(
    (changed) => live.watch(changed),
    () => live.returns,
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
