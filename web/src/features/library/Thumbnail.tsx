import { IconPhotoOff } from "@tabler/icons-react";
import { useState } from "react";

import { useReturns } from "@/api/LiveProvider";
import { frameUrl, thumbnailUrl } from "@/lib/pictures";
import { timecode } from "@/lib/time";
import { words } from "@/strings";

import type { Item } from "./filter";
import { MOMENTS, secondOf } from "./scrub";
import styles from "./Thumbnail.module.css";
import { SCRUB_WIDTH, useScrub } from "./useScrub";

/** Below this ratio of width to height a picture is shown whole, beside empty space. */
const UPRIGHT = 1.2;

/** The picture that stands for a media; with `moment`, that part of its video. */
export function Thumbnail(props: { item: Item; moment: number | null; small?: boolean }) {
  const { item, small } = props;
  const moving = item.kind !== "image" && item.duration_s > 0;
  const moment = moving ? props.moment : null;
  const [broken, setBroken] = useState("");
  const which = `${item.id} ${useReturns()}`;
  const { loaded, shown } = useScrub(item, moment);
  const upright = item.width < item.height * UPRIGHT || undefined;
  return (
    <div className={styles.box} data-small={small}>
      {broken === which ? (
        <span className={styles.broken}>
          <IconPhotoOff size={small ? 16 : 24} stroke={1.4} aria-hidden />
          {small ? null : words.library.card.noPicture}
        </span>
      ) : (
        <img
          className={styles.picture}
          data-upright={upright}
          src={thumbnailUrl(item.id, small ? 160 : 320)}
          alt=""
          loading="lazy"
          decoding="async"
          draggable={false}
          onError={() => setBroken(which)}
        />
      )}
      {moment === null
        ? null
        : [...loaded].map((one) => (
            <img
              key={one}
              className={styles.picture}
              data-upright={upright}
              data-hidden={one !== shown || undefined}
              src={frameUrl(item.id, secondOf(one, item.duration_s), SCRUB_WIDTH)}
              alt=""
              draggable={false}
            />
          ))}
      {moment === null ? null : (
        <i className={styles.place} style={{ left: `${((moment + 0.5) / MOMENTS) * 100}%` }} />
      )}
      {moving && !small ? (
        <span className={styles.time}>
          {timecode(moment === null ? item.duration_s : secondOf(moment, item.duration_s))}
        </span>
      ) : null}
    </div>
  );
}
