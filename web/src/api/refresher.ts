/**
 * When what is stale is fetched anew. Events come faster than answers do: were each to begin a
 * fetch in place of the one under way, a busy run would keep the page from ever hearing of it.
 */

/** Between the beginnings of two refreshes of a room. */
const EVERY_MS = 1000;
/** A refresh that takes longer holds nothing up any more. */
const LONGEST_MS = 15_000;
/** At once, and once more: what an event tells of may take a moment to be worked in. */
const TIMES = 2;

export type Key = readonly string[];

export class Refresher {
  private readonly left = new Map<string, number>();
  private readonly timers = new Set<ReturnType<typeof setTimeout>>();
  private stopped = false;

  /** `refresh` resolves once what it fetches has come. */
  constructor(private readonly refresh: (key: Key) => Promise<unknown>) {}

  /** Something about this room, or one thing in it, has changed. */
  hear(key: Key): void {
    const name = key.join();
    const begun = this.left.has(name);
    this.left.set(name, TIMES);
    if (!begun) void this.run(key, name);
  }

  stop(): void {
    this.stopped = true;
    for (const timer of this.timers) clearTimeout(timer);
  }

  private async run(key: Key, name: string): Promise<void> {
    for (let left = TIMES; left > 0 && !this.stopped; left = this.left.get(name) ?? 0) {
      this.left.set(name, left - 1);
      const fetched = this.refresh(key).catch(() => undefined);
      await Promise.all([this.wait(EVERY_MS), Promise.race([fetched, this.wait(LONGEST_MS)])]);
    }
    this.left.delete(name);
  }

  private wait(milliseconds: number): Promise<void> {
    return new Promise((over) => {
      const timer = setTimeout(() => {
        this.timers.delete(timer);
        over();
      }, milliseconds);
      this.timers.add(timer);
    });
  }
}
