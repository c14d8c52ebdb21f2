import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";

import { Live } from "./live";

class Line extends EventTarget {
  static all: Line[] = [];
  closed = false;
  onopen: (() => void) | null = null;
  onerror: (() => void) | null = null;

  constructor(readonly address: string) {
    super();
    Line.all.push(this);
  }

  close(): void {
    this.closed = true;
  }

  hear(kind: string, id: string, data: object): void {
    const event = new MessageEvent(kind, { data: JSON.stringify(data), lastEventId: id });
    this.dispatchEvent(event);
  }
}

class Page extends EventTarget {
  visibilityState = "visible";

  turn(to: "visible" | "hidden"): void {
    this.visibilityState = to;
    this.dispatchEvent(new Event("visibilitychange"));
  }
}

const page = new Page();

beforeEach(() => {
  vi.useFakeTimers();
  vi.stubGlobal("EventSource", Line);
  vi.stubGlobal("window", new EventTarget());
  vi.stubGlobal("document", page);
  page.visibilityState = "visible";
  Line.all = [];
});
afterEach(() => {
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

const open = () => Line.all.filter(({ closed }) => !closed);

describe("the line of live events", () => {
  it("comes back after a cut, and hears what it missed", () => {
    const live = new Live();
    const stop = live.start();
    Line.all[0]?.onopen?.();
    expect(live.connection).toBe("online");
    Line.all[0]?.hear("media", "17", { media: "m" });
    Line.all[0]?.onerror?.();
    expect(live.connection).toBe("offline");
    vi.advanceTimersByTime(1000);
    expect(open().map(({ address }) => address)).toEqual(["/api/v1/events?after=17"]);
    stop();
    expect(open()).toEqual([]);
    expect(vi.getTimerCount()).toBe(0);
  });

  it("tells those that wait when the server is back, and how often it was", async () => {
    const live = new Live();
    const stop = live.start();
    Line.all[0]?.onopen?.();
    expect(live.returns).toBe(0);
    await live.heardAgain();
    Line.all[0]?.onerror?.();
    const heard = vi.fn();
    const waits = live.heardAgain().then(heard);
    vi.advanceTimersByTime(1000);
    await Promise.resolve();
    expect(heard).not.toHaveBeenCalled();
    Line.all[1]?.onopen?.();
    await waits;
    expect(live.returns).toBe(1);
    stop();
  });

  it("is let go while nobody sees the page, and taken up where it was", () => {
    const live = new Live();
    const heard: unknown[] = [];
    live.on("media", (event) => heard.push(event));
    live.start();
    Line.all[0]?.hear("media", "3", { media: "m" });
    page.turn("hidden");
    vi.advanceTimersByTime(1000);
    expect(open()).toHaveLength(1);
    vi.advanceTimersByTime(60_000);
    expect(open()).toEqual([]);
    page.turn("visible");
    expect(open().map(({ address }) => address)).toEqual(["/api/v1/events?after=3"]);
    expect(heard).toEqual([{ media: "m" }]);
  });

  it("stays while the page is out of sight for a moment only", () => {
    new Live().start();
    page.turn("hidden");
    vi.advanceTimersByTime(5000);
    page.turn("visible");
    vi.advanceTimersByTime(60_000);
    expect(Line.all).toHaveLength(1);
    expect(open()).toHaveLength(1);
  });
});
