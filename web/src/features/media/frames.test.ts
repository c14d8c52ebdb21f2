import { describe, expect, it } from "vitest";

import { FrameTimes, lastBefore } from "./frames";

function of(times: number[]) {
  const calls: number[] = [];
  const frames = new FrameTimes(
    (offset, limit) => {
      calls.push(offset);
      return Promise.resolve({
        offset,
        seconds: times.slice(offset, offset + limit),
        total: times.length,
      });
    },
    times.length ? (times.at(-1) ?? 0) + 0.04 : 0,
    times.length,
  );
  return { frames, calls };
}

const steady = Array.from({ length: 3000 }, (_, i) => i / 25);

describe("frames", () => {
  it("finds the last time that is not after a second", () => {
    expect(lastBefore([0, 1, 2], 1.5)).toBe(1);
    expect(lastBefore([0, 1, 2], 2)).toBe(2);
    expect(lastBefore([1], 0.5)).toBe(-1);
  });

  it("steps to the exact next and previous frame and aims at its middle", async () => {
    const { frames } = of(steady);
    const next = await frames.step(50.0, 1);
    expect(next).toMatchObject({ index: 1251, seconds: 50.04 });
    expect(next?.middle).toBeCloseTo(50.06);
    expect((await frames.step(50.0, -1))?.index).toBe(1249);
  });

  it("takes a time a hair before a frame as that frame", async () => {
    const { frames } = of([0, 0.033, 0.067, 0.1]);
    expect((await frames.at(0.0669))?.index).toBe(2);
  });

  it("stays inside the media", async () => {
    const { frames } = of([0, 0.5]);
    expect((await frames.step(0, -1))?.index).toBe(0);
    expect((await frames.step(0.5, 1))?.index).toBe(1);
    expect((await frames.at(99))?.index).toBe(1);
  });

  it("finds frames whose rate varies, over the edges of pages", async () => {
    const uneven = Array.from({ length: 2600 }, (_, i) => (i < 2000 ? i / 100 : 20 + (i - 2000)));
    const { frames, calls } = of(uneven);
    expect((await frames.at(300.5))?.index).toBe(2280);
    expect((await frames.at(uneven[499] ?? 0))?.index).toBe(499);
    expect((await frames.step(uneven[499] ?? 0, 1))?.index).toBe(500);
    expect(new Set(calls).size).toBe(calls.length);
  });

  it("says so when there are none", async () => {
    const { frames } = of([]);
    expect(await frames.at(0)).toBeNull();
  });

  it("asks again after a page did not come", async () => {
    let fails = true;
    const frames = new FrameTimes(
      (offset) => {
        if (fails) return Promise.reject(new Error("away"));
        return Promise.resolve({ offset, seconds: [0, 1], total: 2 });
      },
      2,
      2,
    );
    await expect(frames.at(0)).rejects.toThrow("away");
    fails = false;
    expect((await frames.at(1))?.index).toBe(1);
  });
});
