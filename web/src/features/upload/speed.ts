/** How fast something is sent, by what went in the last seconds. */

const WINDOW_MS = 5000;

export class Speed {
  private readonly marks: { at: number; sent: number }[] = [];

  add(sent: number, at: number): void {
    this.marks.push({ at, sent });
    while (this.marks.length > 2 && (this.marks[1]?.at ?? at) < at - WINDOW_MS) this.marks.shift();
  }

  /** After a pause: what was before tells nothing. */
  restart(): void {
    this.marks.length = 0;
  }

  /** Bytes in a second, or null before that can be told. */
  get value(): number | null {
    const [first, last] = [this.marks[0], this.marks.at(-1)];
    if (!first || !last || last.at - first.at < 500) return null;
    return ((last.sent - first.sent) * 1000) / (last.at - first.at);
  }
}
