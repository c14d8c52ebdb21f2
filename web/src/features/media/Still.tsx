import { useEffect, useState } from "react";

import { useReturns } from "@/api/LiveProvider";
import type { Playhead } from "@/features/timeline/model";
import { frameUrl } from "@/lib/pictures";
import { words } from "@/strings";

import styles from "./Player.module.css";

const SETTLES_MS = 80;

/** The picture at the playhead, for where nothing plays; the last one stays until the next is there. */
export function Still(props: { id: string; title: string; playhead: Playhead; width: number }) {
  const { id, title, playhead, width } = props;
  const [shown, setShown] = useState<{ url: string; seconds: number } | null>(null);
  const [broken, setBroken] = useState(false);
  const returns = useReturns();
  useEffect(() => {
    let timer: ReturnType<typeof setTimeout> | undefined;
    let coming: HTMLImageElement | null = null;
    const fetchIt = () => {
      const seconds = playhead.seconds;
      const url = frameUrl(id, seconds, width);
      coming = new Image();
      const mine = coming;
      mine.onload = () => {
        if (mine !== coming) return;
        setBroken(false);
        setShown({ url, seconds });
      };
      mine.onerror = () => mine === coming && setBroken(true);
      mine.src = url;
    };
    const hear = () => {
      clearTimeout(timer);
      timer = setTimeout(fetchIt, SETTLES_MS);
    };
    fetchIt();
    const stop = playhead.listen(hear);
    return () => {
      stop();
      clearTimeout(timer);
      coming = null;
    };
  }, [id, playhead, width, returns]);
  if (broken) return <p className={styles.said}>{words.media.player.noPicture}</p>;
  if (!shown) return null;
  return (
    <img
      className={styles.still}
      src={shown.url}
      alt={words.media.player.picture(title, shown.seconds)}
    />
  );
}
