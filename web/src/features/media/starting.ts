/** What the page of a media begins with, before anything else has come. */
import { answer, api } from "@/api/client";
import type { Document } from "@/features/timeline/model";

import type { Media } from "./data";
import { FrameTimes } from "./frames";
import { Transport } from "./transport";

export function transportOf(media: Media, from: number | undefined): Transport {
  const frames = new FrameTimes(
    async (offset, limit) => {
      const page = await answer(
        api.GET("/api/v1/media/{id}/frames", {
          params: { path: { id: media.id }, query: { offset, limit } },
        }),
      );
      return { offset, seconds: page.items.map((frame) => frame.seconds), total: page.total };
    },
    media.duration_s,
    media.frame_count,
  );
  const transport = new Transport(media.duration_s, frames);
  if (from !== undefined) transport.seek(from);
  return transport;
}

/** Nothing was found out about it, and nothing is on its way. */
export function isUnasked(document: Document): boolean {
  return !document.live && !document.tracks.length && !document.descriptions.length;
}

export function emptyOf(media: Media): Document {
  return {
    media: media.id,
    duration: media.duration_s,
    live: false,
    runs: [],
    tracks: [],
    descriptions: [],
    coverage: [],
    corrections: [],
  };
}
