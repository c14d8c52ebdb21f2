/** Pictures for the card over the pointer: few, the newest first, and never a wrong one. */

/** Seconds between the pictures that are told apart, by seconds under a pixel: powers of two. */
export function quantum(secondsPerPixel: number): number {
  return Math.max(1 / 16, 2 ** Math.ceil(Math.log2(secondsPerPixel * 4)));
}

export function quantised(seconds: number, secondsPerPixel: number): number {
  const step = quantum(secondsPerPixel);
  return Math.max(0, Math.floor(seconds / step + 1e-9) * step);
}

export type Picture =
  | { readonly state: "none" }
  | { readonly state: "shown"; readonly url: string }
  | { readonly state: "failed" };

/** How long the pointer has to rest or wander before the first picture is asked for. */
const WAIT_MS = 60;

export class Preview {
  private wanted: string | null = null;
  private loading: HTMLImageElement | null = null;
  private timer: ReturnType<typeof setTimeout> | undefined;
  private picture: Picture = { state: "none" };
  private readonly hear: (picture: Picture) => void;

  constructor(hear: (picture: Picture) => void) {
    this.hear = hear;
  }

  want(url: string): void {
    if (url === this.wanted) return;
    this.wanted = url;
    // One at a time; what is wanted when it has come is asked for next.
    if (!this.loading) this.timer ??= setTimeout(() => this.load(), WAIT_MS);
  }

  /** The pointer has gone: what was shown, or is on its way, says nothing about where it comes next. */
  stop(): void {
    clearTimeout(this.timer);
    this.timer = undefined;
    this.wanted = null;
    if (this.loading) {
      this.loading.onload = this.loading.onerror = null;
      this.loading.src = "";
      this.loading = null;
    }
    this.picture = { state: "none" };
    this.hear(this.picture);
  }

  private load(): void {
    this.timer = undefined;
    const url = this.wanted;
    if (url === null) return;
    if (this.picture.state === "shown" && this.picture.url === url) return;
    const image = new Image();
    this.loading = image;
    image.onload = () => this.came(url, { state: "shown", url });
    image.onerror = () => this.came(url, { state: "failed" });
    image.src = url;
  }

  private came(url: string, picture: Picture): void {
    this.loading = null;
    this.picture = picture;
    this.hear(picture);
    if (this.wanted !== url) this.load();
  }
}
