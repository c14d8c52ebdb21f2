/** All files on their way to the server: two at a time, and each goes on by itself when it can. */
import { queries } from "@/api/client";
import { keys } from "@/api/keys";
import { live } from "@/api/live";
import { words } from "@/strings";
import { done, failed } from "@/ui/toast";

import { isMedia } from "./files";
import { Speed } from "./speed";
import type { Transfer } from "./transfer";
import { patience } from "./verdict";

export type Phase =
  | { kind: "waiting" }
  | { kind: "starting" }
  | { kind: "sending"; speed: number | null }
  | { kind: "reading" }
  | { kind: "paused" }
  | { kind: "away" }
  | { kind: "done"; media: string }
  | { kind: "refused"; why: string };

export interface UploadItem {
  id: number;
  name: string;
  size: number;
  sent: number;
  phase: Phase;
  /** Bytes that had come before it was cut off, where it goes on from there. */
  resumed: number | null;
}

const AT_ONCE = 2;
const TOLD_MS = 100;
const ACTIVE: ReadonlySet<Phase["kind"]> = new Set(["starting", "sending", "reading", "away"]);

interface Way {
  file: File;
  transfer: Transfer | null;
  speed: Speed;
  tries: number;
  timer: ReturnType<typeof setTimeout> | undefined;
}

class Uploads {
  shown: readonly UploadItem[] = [];
  private readonly ways = new Map<number, Way>();
  private readonly watching = new Set<() => void>();
  private next = 1;
  private telling: ReturnType<typeof setTimeout> | undefined;

  constructor() {
    live.watch(() => {
      if (live.connection !== "online") return;
      for (const one of this.shown) if (one.phase.kind === "away") this.begin(one.id);
    });
  }

  get active(): boolean {
    return this.shown.some(({ phase }) => ACTIVE.has(phase.kind) || phase.kind === "waiting");
  }

  /** With `folder`, what is neither video nor picture is left out. */
  add(files: readonly File[], folder: boolean): void {
    const taken = folder ? files.filter(isMedia) : files;
    if (taken.length < files.length) done(words.upload.leftOut(files.length - taken.length));
    if (!taken.length && folder) failed(words.upload.nothing);
    const more = taken
      .filter((file) => !this.has(file))
      .map((file): UploadItem => {
        const id = this.next++;
        const way = { file, transfer: null, speed: new Speed(), tries: 0, timer: undefined };
        this.ways.set(id, way);
        const { name, size } = file;
        return { id, name, size, sent: 0, phase: { kind: "waiting" }, resumed: null };
      });
    this.shown = [...this.shown, ...more];
    this.pump();
  }

  pause(id: number): void {
    const way = this.ways.get(id);
    clearTimeout(way?.timer);
    void way?.transfer?.pause();
    this.change(id, { phase: { kind: "paused" } });
    this.pump();
  }

  /** Goes on with what was paused, or tries once more what was refused. */
  goOn(id: number): void {
    this.change(id, { phase: { kind: "waiting" } });
    this.pump();
  }

  /** Off the list, and off the server where it is not complete. */
  remove(id: number): void {
    const way = this.ways.get(id);
    const was = this.shown.find((one) => one.id === id)?.phase.kind;
    clearTimeout(way?.timer);
    if (was !== "done") void way?.transfer?.cancel();
    this.ways.delete(id);
    this.shown = this.shown.filter((one) => one.id !== id);
    this.pump();
  }

  /** Takes off the list what is over. */
  clear(): void {
    for (const { id, phase } of this.shown) {
      if (phase.kind === "done" || phase.kind === "refused") this.remove(id);
    }
  }

  watch(changed: () => void): () => void {
    this.watching.add(changed);
    return () => this.watching.delete(changed);
  }

  /** Whether it is on its way already. */
  private has(file: File): boolean {
    return this.shown.some(({ id, phase }) => {
      const had = this.ways.get(id)?.file;
      const over = phase.kind === "done" || phase.kind === "refused";
      return (
        !over &&
        had?.name === file.name &&
        had.size === file.size &&
        had.lastModified === file.lastModified
      );
    });
  }

  private pump(): void {
    let free = AT_ONCE - this.shown.filter(({ phase }) => ACTIVE.has(phase.kind)).length;
    for (const { id, phase } of this.shown) {
      if (free <= 0) break;
      if (phase.kind !== "waiting") continue;
      free -= 1;
      this.begin(id);
    }
    this.tell();
  }

  private begin(id: number): void {
    const way = this.ways.get(id);
    if (!way) return;
    clearTimeout(way.timer);
    way.speed.restart();
    this.change(id, { phase: { kind: "starting" } });
    void this.start(id, way);
  }

  private async start(id: number, way: Way): Promise<void> {
    try {
      if (!way.transfer) {
        const { Transfer } = await import("./transfer");
        way.transfer = new Transfer(way.file, this.hearerOf(id, way));
      }
      if (this.kindOf(id) === "starting") await way.transfer.start();
    } catch (error) {
      this.end(id, { kind: "refused", why: error instanceof Error ? error.message : "" });
    }
  }

  private hearerOf(id: number, way: Way): ConstructorParameters<typeof Transfer>[1] {
    return {
      progress: (sent) => {
        if (!ACTIVE.has(this.kindOf(id) ?? "done")) return;
        way.tries = 0;
        way.speed.add(sent, performance.now());
        const reading = sent >= way.file.size;
        this.change(id, {
          sent,
          phase: reading ? { kind: "reading" } : { kind: "sending", speed: way.speed.value },
        });
      },
      resumed: (at) => {
        // After a short break of the connection there is nothing to tell.
        const first = this.shown.find((one) => one.id === id)?.sent === 0;
        this.change(id, { sent: at, ...(first ? { resumed: at } : {}) });
      },
      done: (media) => {
        this.end(id, { kind: "done", media });
        void queries.invalidateQueries({ queryKey: keys.media });
      },
      again: () => {
        if (!ACTIVE.has(this.kindOf(id) ?? "done")) return;
        this.change(id, { phase: { kind: "away" } });
        clearTimeout(way.timer);
        way.timer = setTimeout(() => this.begin(id), patience(way.tries));
        way.tries += 1;
      },
      refused: (why) => this.end(id, { kind: "refused", why }),
    };
  }

  private kindOf(id: number): Phase["kind"] | undefined {
    return this.shown.find((one) => one.id === id)?.phase.kind;
  }

  private end(id: number, phase: Phase): void {
    this.change(id, { phase });
    this.pump();
  }

  private change(id: number, to: Partial<UploadItem>): void {
    this.shown = this.shown.map((one) => (one.id === id ? { ...one, ...to } : one));
    this.tell();
  }

  /** Ten times a second at most: parts of files tell of themselves far more often. */
  private tell(): void {
    this.telling ??= setTimeout(() => {
      this.telling = undefined;
      for (const changed of this.watching) changed();
    }, TOLD_MS);
  }
}

export const uploads = new Uploads();
