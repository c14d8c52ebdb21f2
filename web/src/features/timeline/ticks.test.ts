import { describe, expect, it } from "vitest";

import { ticks } from "./ticks";

function labels(start: number, end: number, width = 1000): string[] {
  return ticks({ view: { start, end }, width }).flatMap(({ label }) => (label ? [label] : []));
}

describe("the ruler", () => {
  it("has round marks at every zoom", () => {
    expect(labels(0, 3600)).toEqual(
      ["0:00", "5:00", "10:00", "15:00", "20:00", "25:00", "30:00", "35:00"].concat([
        "40:00",
        "45:00",
        "50:00",
        "55:00",
        "1:00:00",
      ]),
    );
    expect(labels(0, 60).slice(0, 3)).toEqual(["0:00", "0:05", "0:10"]);
    expect(labels(61.02, 62.02).slice(0, 3)).toEqual(["1:01.1", "1:01.2", "1:01.3"]);
    expect(labels(0, 0.25).slice(0, 3)).toEqual(["0:00.00", "0:00.02", "0:00.04"]);
  });

  it("keeps labels apart, at any width and length", () => {
    for (const length of [0.25, 1, 7, 61, 599, 5000, 40_000, 200_000]) {
      for (const width of [220, 900, 2400]) {
        const marks = ticks({ view: { start: 3.3, end: 3.3 + length }, width });
        const shown = marks.filter(({ label }) => label);
        const gaps = shown.slice(1).map(({ x }, place) => x - (shown[place]?.x ?? 0));
        expect(Math.min(Infinity, ...gaps)).toBeGreaterThanOrEqual(77);
        expect(marks.length).toBeLessThan(width);
      }
    }
  });
});
