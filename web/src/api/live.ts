/** The server's live events: one connection for the page, heard again from where it broke. */

/** A run as events tell it; `data` of an event of kind `run`. */
export interface RunEvent {
  run: string;
  at: string;
  state: string;
  wish: string | null;
  stage: string;
  fraction: number;
  current: string;
  current_fraction: number | null;
  members: number;
  members_done: number;
  asks_done: number;
  asks_planned: number;
  frames_covered: number;
  frames_planned: number;
  failed: number;
  calls: number;
  cost: number;
  rate: number | null;
  eta_s: number | null;
  /** Digests of the media that are being worked on, where it is told. */
  media?: string[];
}

export interface LiveEvents {
  run: RunEvent;
  media: { media?: string };
  timeline: { media?: string };
  endpoints: object;
  settings: object;
  "tag-sets": object;
}

export type Kind = keyof LiveEvents;
export type Connection = "connecting" | "online" | "offline";

type Heard = (data: never) => void;

const FIRST_WAIT_MS = 1000;
const LONGEST_WAIT_MS = 10_000;
/**
 * A page that nobody sees lets its line go after this: over HTTP/1.1 a browser has six for all pages
 * of a server, and with as many in the background none would be left to fetch anything.
 */
const UNSEEN_MS = 20_000;

/** Connects while anybody listens, and goes on trying by itself. */
export class Live {
  connection: Connection = "connecting";
  /** How often the server has come back: what could not be loaded meanwhile is tried anew with it. */
  returns = 0;

  private source: EventSource | null = null;
  private last = "";
  private wait = FIRST_WAIT_MS;
  private timer: ReturnType<typeof setTimeout> | undefined;
  private rests: ReturnType<typeof setTimeout> | undefined;
  private readonly heard = new Map<Kind, Set<Heard>>();
  private readonly watching = new Set<() => void>();

  start(): () => void {
    this.connect();
    const online = () => this.connect();
    const seen = () => {
      clearTimeout(this.rests);
      if (document.visibilityState === "hidden") {
        this.rests = setTimeout(() => this.letGo(), UNSEEN_MS);
      } else if (!this.source) this.connect();
    };
    window.addEventListener("online", online);
    document.addEventListener("visibilitychange", seen);
    seen();
    return () => {
      window.removeEventListener("online", online);
      document.removeEventListener("visibilitychange", seen);
      clearTimeout(this.rests);
      this.letGo();
    };
  }

  on<K extends Kind>(kind: K, hear: (data: LiveEvents[K]) => void): () => void {
    const all = this.heard.get(kind) ?? new Set<Heard>();
    this.heard.set(kind, all);
    all.add(hear);
    return () => all.delete(hear);
  }

  /** Called at each change of `connection`. */
  watch(changed: () => void): () => void {
    this.watching.add(changed);
    return () => this.watching.delete(changed);
  }

  /** Resolves as soon as the server can be heard; at once where it can be now. */
  heardAgain(): Promise<void> {
    return new Promise((over) => {
      const look = () => {
        if (this.connection !== "online") return;
        stop();
        over();
      };
      const stop = this.watch(look);
      look();
    });
  }

  private letGo(): void {
    clearTimeout(this.timer);
    this.source?.close();
    this.source = null;
  }

  private connect(): void {
    this.letGo();
    const after = this.last ? `?after=${this.last}` : "";
    const source = new EventSource(`/api/v1/events${after}`);
    this.source = source;
    source.onopen = () => {
      this.wait = FIRST_WAIT_MS;
      this.become("online");
    };
    // The browser would give up for ever after a refusal: it is done here.
    source.onerror = () => {
      source.close();
      this.become("offline");
      this.timer = setTimeout(() => this.connect(), this.wait);
      this.wait = Math.min(LONGEST_WAIT_MS, this.wait * 1.6);
    };
    const kinds: Kind[] = ["run", "media", "timeline", "endpoints", "settings", "tag-sets"];
    for (const kind of kinds) {
      source.addEventListener(kind, (event: MessageEvent<string>) => {
        this.last = event.lastEventId || this.last;
        const data = JSON.parse(event.data) as never;
        for (const hear of this.heard.get(kind) ?? []) hear(data);
      });
    }
  }

  private become(now: Connection): void {
    if (this.connection === now) return;
    if (this.connection === "offline" && now === "online") this.returns += 1;
    this.connection = now;
    for (const changed of [...this.watching]) changed();
  }
}

export const live = new Live();
