/** Exact frame times, fetched in pages around the playhead: what steps and knows the shown frame. */

export interface FramePage {
  offset: number;
  seconds: readonly number[];
  total: number;
}

export type LoadFrames = (offset: number, limit: number) => Promise<FramePage>;

/** A frame, and the second in the middle of its time on show: a seek there cannot miss it. */
export interface Shown {
  index: number;
  seconds: number;
  middle: number;
}

const PAGE = 500;
/** Browsers tell times to a few microseconds, containers to a millisecond. */
const ROUNDING_S = 0.0015;
/** More guesses than any real spread of frame times needs. */
const MOST_GUESSES = 24;

/** The place of the last time that is not after `seconds`; -1 before the first. */
export function lastBefore(times: readonly number[], seconds: number): number {
  let low = 0;
  let high = times.length;
  while (low < high) {
    const half = (low + high) >> 1;
    if ((times[half] ?? Infinity) <= seconds) low = half + 1;
    else high = half;
  }
  return low - 1;
}

/** The frames of one media. Pages are kept, so that most steps need no call. */
export class FrameTimes {
  private readonly pages = new Map<number, Promise<FramePage>>();
  private total: number | null = null;

  constructor(
    private readonly load: LoadFrames,
    private readonly duration: number,
    frames: number,
  ) {
    if (frames > 0) this.total = frames;
  }

  /** The frame on show at a second, or null where the media has none. */
  async at(seconds: number): Promise<Shown | null> {
    const index = await this.place(seconds + ROUNDING_S);
    return index === null ? null : this.shown(index);
  }

  /** The frame `by` frames from that at a second, kept inside the media. */
  async step(seconds: number, by: number): Promise<Shown | null> {
    const index = await this.place(seconds + ROUNDING_S);
    if (index === null) return null;
    const last = (this.total ?? 1) - 1;
    return this.shown(Math.min(last, Math.max(0, index + by)));
  }

  private async shown(index: number): Promise<Shown | null> {
    const seconds = await this.second(index);
    if (seconds === null) return null;
    const next = (await this.second(index + 1)) ?? Math.max(this.duration, seconds);
    return { index, seconds, middle: next > seconds ? (seconds + next) / 2 : seconds };
  }

  private async second(index: number): Promise<number | null> {
    if (index < 0 || (this.total !== null && index >= this.total)) return null;
    const page = await this.page(Math.floor(index / PAGE) * PAGE);
    return page.seconds[index - page.offset] ?? null;
  }

  /** By guessing from the rate, and again from where the guess led. */
  private async place(seconds: number): Promise<number | null> {
    let low = 0;
    let high = this.total ?? Infinity;
    let offset = 0;
    if (this.total !== null && this.duration > 0) {
      offset = this.aligned((seconds / this.duration) * this.total);
    }
    for (let guesses = 0; guesses < MOST_GUESSES; guesses += 1) {
      const page = await this.page(offset);
      high = Math.min(high, page.total);
      const first = page.seconds[0];
      const last = page.seconds.at(-1);
      if (first === undefined || last === undefined) return null;
      const end = page.offset + page.seconds.length;
      if (seconds < first) {
        if (page.offset === 0) return 0;
        high = page.offset;
      } else if (seconds >= last) {
        low = end - 1;
        if (end >= page.total) return low;
        const next = await this.second(end);
        if (next === null || seconds < next) return low;
        low = end;
      } else {
        return page.offset + lastBefore(page.seconds, seconds);
      }
      offset = this.aligned((low + high) / 2);
    }
    return null;
  }

  private aligned(index: number): number {
    const most = Math.max(0, (this.total ?? 1) - 1);
    return Math.floor(Math.min(most, Math.max(0, index)) / PAGE) * PAGE;
  }

  private page(offset: number): Promise<FramePage> {
    const kept = this.pages.get(offset);
    if (kept) return kept;
    const coming = this.load(offset, PAGE).then((page) => {
      this.total = page.total;
      return page;
    });
    this.pages.set(offset, coming);
    coming.catch(() => this.pages.delete(offset));
    return coming;
  }
}
