/** Over the pointer: the frame of that moment, the time, and what is known there. */
import { Portal } from "@mantine/core";
import { useEffect, useState, useSyncExternalStore } from "react";

import { frameUrl } from "@/lib/pictures";
import { timecode } from "@/lib/time";

import { words } from "@/strings";

import { CardText } from "./CardText";
import type { Pointed, Pointing } from "./pointing";
import { Preview, type Picture, quantised } from "./preview";

import styles from "./HoverCard.module.css";

const WIDTH = 256;
/** Of the picture that is asked for. */
const PICTURE = 240;
/** About how high it becomes. */
const HEIGHT = 232;
const GAP = 10;

function usePicture(media: string, pointed: Pointed | null): Picture {
  const [picture, setPicture] = useState<Picture>({ state: "none" });
  const [preview] = useState(() => new Preview(setPicture));
  const url = pointed
    ? frameUrl(media, quantised(pointed.seconds, pointed.secondsPerPixel), PICTURE)
    : null;
  useEffect(() => {
    if (url === null) preview.stop();
    else preview.want(url);
  }, [preview, url]);
  useEffect(() => () => preview.stop(), [preview]);
  return picture;
}

/** Above the row where there is room, else below it; never beyond the sides of the window. */
function placeOf(box: DOMRect, pointed: Pointed) {
  const left = Math.min(
    Math.max(8, box.left + pointed.x - WIDTH / 2),
    Math.max(8, document.documentElement.clientWidth - WIDTH - 8),
  );
  const top = box.top + Math.max(0, pointed.y);
  const above = top - GAP > HEIGHT || top > innerHeight / 2;
  return above
    ? { left, bottom: innerHeight - top + GAP }
    : { left, top: Math.min(top + 44, innerHeight - HEIGHT) };
}

export function HoverCard(props: {
  media: string;
  pointing: Pointing;
  colors: ReadonlyMap<string, string>;
}) {
  const pointed = useSyncExternalStore(props.pointing.subscribe, props.pointing.current);
  const picture = usePicture(props.media, pointed);
  const [ratio, setRatio] = useState(16 / 9);
  const box = pointed && props.pointing.box();
  if (!pointed || !box) return null;
  return (
    <Portal>
      <div className={styles.card} style={{ width: WIDTH, ...placeOf(box, pointed) }} aria-hidden>
        <div className={styles.picture} style={{ aspectRatio: Math.min(2.4, Math.max(1, ratio)) }}>
          {picture.state === "shown" && (
            <img
              src={picture.url}
              alt=""
              onLoad={({ currentTarget: image }) =>
                setRatio(image.naturalWidth / Math.max(1, image.naturalHeight))
              }
            />
          )}
          {picture.state === "failed" && <span>{words.timeline.card.noPicture}</span>}
          <b className={styles.time}>{timecode(pointed.seconds, 2)}</b>
        </div>
        <CardText pointed={pointed} colors={props.colors} />
      </div>
    </Portal>
  );
}
