/**
 * What moves the picture: playing, seeking, stepping and shuttling. It works with a video element
 * once there is one, and without (images, and a video that is being prepared) by time alone.
 */
import { Playhead } from "@/features/timeline/model";

import type { FrameTimes } from "./frames";

export interface TransportState {
  playing: boolean;
  /** It goes back by itself. */
  backwards: boolean;
  rate: number;
  muted: boolean;
  volume: number;
  /** The picture of where the playhead is has not come yet. */
  waiting: boolean;
  /** Seconds up to which the playhead's surroundings are loaded. */
  buffered: number;
}

export const RATES = [0.25, 0.5, 0.75, 1, 1.25, 1.5, 2, 3, 4] as const;
const SHUTTLE = [1, 2, 4] as const;
const REVERSE_EVERY_MS = 150;
/** The very end shows nothing in some browsers. */
const END_S = 0.001;
/** Further from the playhead than the middle of a frame that was stepped to can be. */
const ELSEWHERE_S = 5;

export class Transport {
  readonly playhead = new Playhead();
  state: TransportState = {
    playing: false,
    backwards: false,
    rate: 1,
    muted: false,
    volume: 1,
    waiting: false,
    buffered: 0,
  };

  private video: HTMLVideoElement | null = null;
  /** The speed that was chosen; that of a shuttle passes. */
  private usual = 1;
  /** Of an unplayed step: the next one counts from here, however late the picture comes. */
  private stepped: number | null = null;
  /** Counts what moves the picture elsewhere: a step that comes later than such does not count. */
  private moves = 0;
  private reverse: { timer: ReturnType<typeof setInterval>; speed: number } | null = null;
  private readonly watching = new Set<() => void>();

  constructor(
    readonly duration: number,
    private readonly frames: FrameTimes,
  ) {}

  watch = (changed: () => void): (() => void) => {
    this.watching.add(changed);
    return () => this.watching.delete(changed);
  };

  snapshot = (): TransportState => this.state;

  seek(seconds: number): void {
    this.moves += 1;
    this.stopReverse();
    this.stepped = null;
    this.go(seconds);
  }

  by(seconds: number): void {
    this.seek(this.playhead.seconds + seconds);
  }

  /** To the exact next or previous frame. */
  async step(by: 1 | -1): Promise<void> {
    this.pause();
    const { moves } = this;
    const from = this.stepped ?? this.playhead.seconds;
    const frame = await this.frames.step(from, by);
    if (!frame || moves !== this.moves) return;
    this.stepped = frame.seconds;
    if (this.video) this.video.currentTime = frame.middle;
    this.playhead.set(frame.seconds);
  }

  toggle(): void {
    if (this.state.playing || this.reverse) this.pause();
    else this.play();
  }

  play(): void {
    this.moves += 1;
    this.stopReverse();
    this.stepped = null;
    if (!this.video) return;
    if (this.video.ended) this.video.currentTime = 0;
    // A refusal (no sound without a click, or paused meanwhile) shows as not playing.
    void this.video.play().catch(() => undefined);
  }

  /** Also ends a shuttle: what is played next goes at the speed that was chosen. */
  pause(): void {
    this.stopReverse();
    this.video?.pause();
    this.speed(this.usual);
  }

  /** `l` and `j`: forwards and backwards, faster each time. */
  shuttle(by: 1 | -1): void {
    if (!this.video) return;
    const now = this.reverse ? -this.reverse.speed : this.state.playing ? this.state.rate : 0;
    const speeds = [...SHUTTLE.map((one) => -one).reverse(), ...SHUTTLE];
    const next =
      by > 0
        ? speeds.find((one) => one > now && (now >= 0 ? one > 0 : true))
        : speeds.findLast((one) => one < now && (now <= 0 ? one < 0 : true));
    if (next === undefined) return;
    if (next > 0) {
      this.play();
      this.speed(next);
    } else {
      this.pause();
      this.playBackwards(-next);
    }
  }

  setRate(rate: number): void {
    this.usual = rate;
    this.speed(rate);
  }

  setVolume(volume: number): void {
    if (this.video) {
      this.video.volume = volume;
      this.video.muted = volume === 0;
    }
    this.tell({ volume, muted: volume === 0 });
  }

  mute(): void {
    const muted = !this.state.muted;
    // Turned down to nothing before, it would stay silent.
    const volume = muted || this.state.volume > 0 ? this.state.volume : 1;
    if (this.video) {
      this.video.volume = volume;
      this.video.muted = muted;
    }
    this.tell({ muted, volume });
  }

  /** Takes a video element as its picture; what is given back lets go of it. */
  attach(video: HTMLVideoElement): () => void {
    this.video = video;
    video.playbackRate = this.state.rate;
    video.volume = this.state.volume;
    video.muted = this.state.muted;
    let frame = 0;
    const exact = "requestVideoFrameCallback" in video;
    const onFrame = (_: number, shown: VideoFrameCallbackMetadata) => {
      // While nothing plays the playhead is where it was put: a picture that comes late, of where
      // it was before, does not pull it back.
      if (!video.paused && !video.seeking) this.playhead.set(shown.mediaTime);
      frame = video.requestVideoFrameCallback(onFrame);
    };
    const onTime = () => {
      if (!video.paused && !video.seeking) this.playhead.set(video.currentTime);
      frame = requestAnimationFrame(onTime);
    };
    frame = exact ? video.requestVideoFrameCallback(onFrame) : requestAnimationFrame(onTime);
    const heard: [keyof HTMLMediaElementEventMap, () => void][] = [
      ["loadedmetadata", () => this.begin(video)],
      ["play", () => this.tell({ playing: true })],
      ["pause", () => this.tell({ playing: false })],
      ["ended", () => this.tell({ playing: false })],
      ["waiting", () => this.tell({ waiting: true })],
      ["seeking", () => this.tell({ waiting: true })],
      ["seeked", () => this.sought(video)],
      ["playing", () => this.tell({ waiting: false })],
      ["canplay", () => this.tell({ waiting: false })],
      ["progress", () => this.tell({ buffered: loadedUpTo(video) })],
      ["timeupdate", () => this.tell({ buffered: loadedUpTo(video) })],
    ];
    for (const [name, hear] of heard) video.addEventListener(name, hear);
    if (video.readyState >= HTMLMediaElement.HAVE_METADATA) this.begin(video);
    return () => {
      this.stopReverse();
      for (const [name, hear] of heard) video.removeEventListener(name, hear);
      if (exact) video.cancelVideoFrameCallback(frame);
      else cancelAnimationFrame(frame);
      if (this.video === video) this.video = null;
      this.tell({ playing: false, waiting: false });
    };
  }

  /** The reader may have gone somewhere before the video was there. */
  private begin(video: HTMLVideoElement): void {
    if (this.playhead.seconds > 0) video.currentTime = this.inside(this.playhead.seconds);
  }

  /** Also when somebody else sought: the small window, or a key of the keyboard for media. */
  private sought(video: HTMLVideoElement): void {
    this.tell({ waiting: false });
    const away = Math.abs(video.currentTime - this.playhead.seconds);
    if (video.paused && !video.seeking && away > ELSEWHERE_S) this.playhead.set(video.currentTime);
  }

  private speed(rate: number): void {
    if (this.video) this.video.playbackRate = rate;
    this.tell({ rate });
  }

  private go(seconds: number): void {
    const to = this.inside(seconds);
    if (this.video && this.video.readyState >= HTMLMediaElement.HAVE_METADATA) {
      this.video.currentTime = to;
    }
    this.playhead.set(to);
  }

  private inside(seconds: number): number {
    return Math.max(0, Math.min(seconds, Math.max(0, this.duration - END_S)));
  }

  private playBackwards(speed: number): void {
    this.moves += 1;
    this.stopReverse();
    this.stepped = null;
    const timer = setInterval(() => {
      this.go(this.playhead.seconds - (speed * REVERSE_EVERY_MS) / 1000);
      if (this.playhead.seconds <= 0) this.stopReverse();
    }, REVERSE_EVERY_MS);
    this.reverse = { timer, speed };
    this.tell({ backwards: true });
  }

  private stopReverse(): void {
    if (!this.reverse) return;
    clearInterval(this.reverse.timer);
    this.reverse = null;
    this.tell({ backwards: false });
  }

  private tell(change: Partial<TransportState>): void {
    const next = { ...this.state, ...change };
    const keys = Object.keys(next) as (keyof TransportState)[];
    if (keys.every((key) => next[key] === this.state[key])) return;
    this.state = next;
    for (const changed of this.watching) changed();
  }
}

function loadedUpTo(video: HTMLVideoElement): number {
  const { buffered, currentTime } = video;
  for (let place = 0; place < buffered.length; place += 1) {
    if (buffered.start(place) <= currentTime + 0.1 && buffered.end(place) >= currentTime) {
      return buffered.end(place);
    }
  }
  return 0;
}
