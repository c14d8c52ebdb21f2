import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";

import { live } from "./live";
import { patiently } from "./parts";

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
  vi.restoreAllMocks();
  live.connection = "connecting";
});

describe("a part that is loaded late", () => {
  it("is waited for while the server is away, and asked for once when it is back", async () => {
    let back: () => void = vi.fn();
    const heard = new Promise<void>((come) => (back = come));
    vi.spyOn(live, "heardAgain").mockReturnValue(heard);
    live.connection = "offline";
    const load = vi.fn().mockRejectedValueOnce(new TypeError("no way")).mockResolvedValue("part");
    const part = patiently(load);
    await vi.advanceTimersByTimeAsync(600_000);
    expect(load).toHaveBeenCalledTimes(1);
    back();
    await expect(part).resolves.toBe("part");
    expect(load).toHaveBeenCalledTimes(2);
  });

  it("fails where the server is there and has it no more", async () => {
    live.connection = "online";
    const load = vi.fn().mockRejectedValue(new TypeError("gone"));
    const part = patiently(load).catch((error: unknown) => error);
    await vi.advanceTimersByTimeAsync(5000);
    expect(await part).toEqual(new TypeError("gone"));
    expect(load).toHaveBeenCalledTimes(1);
  });
});
