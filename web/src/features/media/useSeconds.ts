import { useEffect, useState } from "react";

import type { Playhead } from "@/features/timeline/model";

const EVERY_MS = 100;

/** Where the playhead is, told at most ten times a second: for words, not for pictures. */
export function useSeconds(playhead: Playhead): number {
  const [seconds, setSeconds] = useState(playhead.seconds);
  useEffect(() => {
    let timer: ReturnType<typeof setTimeout> | undefined;
    const hear = () => {
      timer ??= setTimeout(() => {
        timer = undefined;
        setSeconds(playhead.seconds);
      }, EVERY_MS);
    };
    hear();
    const stop = playhead.listen(hear);
    return () => {
      stop();
      clearTimeout(timer);
    };
  }, [playhead]);
  return seconds;
}
