import { Button, Progress } from "@mantine/core";
import { type RefObject, useEffect, useRef, useState } from "react";

import { useConnection, useReturns } from "@/api/LiveProvider";
import { frameUrl } from "@/lib/pictures";
import { words } from "@/strings";

import { Controls } from "./Controls";
import { usePlayback } from "./data";
import { useDesk } from "./desk";
import { Filmstrip } from "./Filmstrip";
import type { Marks } from "./marks";
import styles from "./Player.module.css";
import { Still } from "./Still";

const said = words.media.player;

type Show =
  | { kind: "video"; url: string }
  | { kind: "still" }
  | { kind: "waiting" }
  | { kind: "preparing"; progress: number | null }
  | { kind: "failed"; reason: string };

/** The picture: a video that plays, or stills where there is none or while it is not ready. */
export function Player(props: {
  box: RefObject<HTMLElement | null>;
  marks: Marks;
  onClearMarks: () => void;
  onAdd: () => void;
  onFullscreen: () => void;
}) {
  const { box, onFullscreen, ...rest } = props;
  const { media } = useDesk();
  const [broken, setBroken] = useState("");
  const returns = useReturns();
  const away = useConnection() === "offline";
  const isVideo = media.kind === "video";
  const playback = usePlayback(media.id, isVideo);

  let show: Show = { kind: "waiting" };
  if (!isVideo) show = { kind: "still" };
  else if (playback.error && !playback.data) {
    show = { kind: "failed", reason: playback.error.message };
  } else if (playback.data) {
    const { state, url, progress, reason } = playback.data;
    if (state === "failed") show = { kind: "failed", reason };
    else if (state === "preparing") show = { kind: "preparing", progress: progress ?? null };
    else if (url && broken === `${returns} ${url}`) {
      show = { kind: "failed", reason: away ? words.common.unreachable : said.unplayable };
    } else if (url) show = { kind: "video", url };
  }
  const retry = () => {
    setBroken("");
    void playback.refetch();
  };
  return (
    <section data-part="player" className={styles.player} ref={box} aria-label={said.label}>
      <div className={styles.picture} onDoubleClick={onFullscreen}>
        {show.kind === "video" ? (
          <Video key={show.url} url={show.url} broken={() => setBroken(`${returns} ${show.url}`)} />
        ) : show.kind === "waiting" ? null : (
          <StillOf wide={!isVideo} />
        )}
        <Overlay show={show} retry={retry} />
      </div>
      {media.kind === "image_set" ? <Filmstrip /> : null}
      {media.kind === "image" ? null : (
        <Controls {...rest} onFullscreen={onFullscreen} plays={show.kind === "video"} />
      )}
    </section>
  );
}

function StillOf({ wide }: { wide: boolean }) {
  const { media, transport } = useDesk();
  return (
    <Still
      id={media.id}
      title={media.title}
      playhead={transport.playhead}
      width={wide ? 1920 : 960}
    />
  );
}

function Video({ url, broken }: { url: string; broken: () => void }) {
  const { media, transport } = useDesk();
  const video = useRef<HTMLVideoElement>(null);
  const [from] = useState(() => transport.playhead.seconds);
  useEffect(() => (video.current ? transport.attach(video.current) : undefined), [transport]);
  return (
    <video
      ref={video}
      className={styles.video}
      src={url}
      poster={frameUrl(media.id, from, 960)}
      preload="auto"
      playsInline
      aria-label={media.title}
      onClick={() => transport.toggle()}
      onError={broken}
    />
  );
}

function Overlay({ show, retry }: { show: Show; retry: () => void }) {
  if (show.kind === "preparing") {
    return (
      <div className={styles.note} role="status">
        <span>{said.preparing(show.progress)}</span>
        <Progress
          value={(show.progress ?? 0) * 100}
          size="xs"
          aria-label={words.media.player.preparing(show.progress)}
        />
        <small>{said.preparingNote}</small>
      </div>
    );
  }
  if (show.kind !== "failed") return null;
  return (
    <div className={styles.note} role="alert">
      <strong>{said.failed}</strong>
      <span>{show.reason}</span>
      <Button size="compact-xs" variant="default" onClick={retry}>
        {words.common.retry}
      </Button>
    </div>
  );
}
