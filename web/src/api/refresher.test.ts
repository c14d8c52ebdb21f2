import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";

import { Refresher } from "./refresher";

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

describe("refreshing what is stale", () => {
  it("begins at once, and once more a second later", async () => {
    const refresh = vi.fn(() => Promise.resolve());
    const refresher = new Refresher(refresh);
    refresher.hear(["media"]);
    expect(refresh).toHaveBeenCalledTimes(1);
    await vi.advanceTimersByTimeAsync(20_000);
    expect(refresh).toHaveBeenCalledTimes(2);
  });

  it("is as busy for many events as for one a second", async () => {
    const refresh = vi.fn(() => Promise.resolve());
    const refresher = new Refresher(refresh);
    for (let tick = 0; tick < 50; tick += 1) {
      refresher.hear(["media"]);
      await vi.advanceTimersByTimeAsync(100);
    }
    expect(refresh.mock.calls.length).toBeLessThanOrEqual(6);
  });

  it("lets a slow answer come before it asks again", async () => {
    const answers: (() => void)[] = [];
    const refresh = vi.fn(() => new Promise<void>((come) => answers.push(come)));
    const refresher = new Refresher(refresh);
    refresher.hear(["timeline", "1"]);
    await vi.advanceTimersByTimeAsync(2000);
    refresher.hear(["timeline", "1"]);
    await vi.advanceTimersByTimeAsync(2000);
    expect(refresh).toHaveBeenCalledTimes(1);
    answers[0]?.();
    await vi.advanceTimersByTimeAsync(0);
    expect(refresh).toHaveBeenCalledTimes(2);
  });

  it("does not wait for ever, and goes on after a failure", async () => {
    const refresh = vi
      .fn<() => Promise<void>>()
      .mockReturnValueOnce(new Promise(() => undefined))
      .mockRejectedValueOnce(new Error("away"))
      .mockResolvedValue(undefined);
    const refresher = new Refresher(refresh);
    refresher.hear(["runs"]);
    await vi.advanceTimersByTimeAsync(20_000);
    expect(refresh).toHaveBeenCalledTimes(2);
    refresher.hear(["runs"]);
    expect(refresh).toHaveBeenCalledTimes(3);
  });

  it("keeps rooms apart, and begins nothing once it is stopped", async () => {
    const refresh = vi.fn(() => Promise.resolve());
    const refresher = new Refresher(refresh);
    refresher.hear(["media"]);
    refresher.hear(["runs"]);
    expect(refresh.mock.calls).toEqual([[["media"]], [["runs"]]]);
    refresher.stop();
    await vi.advanceTimersByTimeAsync(20_000);
    expect(refresh).toHaveBeenCalledTimes(2);
    expect(vi.getTimerCount()).toBe(0);
  });
});
