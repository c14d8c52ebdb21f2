import { describe, expect, it } from "vitest";

import { extentsOf, firstAbove, itemAt, itemNear, pieces, within } from "./pieces";

type Pair = readonly [number, number];
const of = (pairs: readonly Pair[]) =>
  extentsOf(
    pairs,
    (one) => one[0],
    (one) => one[1],
  );

describe("the search", () => {
  it("finds the first value above a limit", () => {
    const values = Float64Array.of(1, 2, 2, 5);
    expect([0, 1, 2, 4.9, 5].map((limit) => firstAbove(values, limit))).toEqual([0, 1, 3, 3, 4]);
  });

  it("misses nothing that touches the stretch, also when a long one covers later ones", () => {
    const extents = of([
      [0, 100],
      [1, 2],
      [3, 4],
      [50, 60],
      [120, 130],
    ]);
    const [first, past] = within(extents, 55, 56);
    expect([first, past]).toEqual([0, 4]);
    expect(within(extents, 105, 110)).toEqual([4, 4]);
  });

  it("agrees with looking at each", () => {
    const pairs = Array.from({ length: 300 }, (_, place): Pair => {
      const start = place * 3 + ((place * 7) % 5);
      return [start, start + 1 + ((place * 13) % 9)];
    });
    const extents = of(pairs);
    for (let at = 0; at < 900; at += 17) {
      const [first, past] = within(extents, at, at + 40);
      const touching = pairs.flatMap(([a, b], place) => (b > at && a <= at + 40 ? [place] : []));
      expect(touching.every((place) => place >= first && place < past)).toBe(true);
      const there = pairs.findLastIndex(([a, b]) => a <= at && at < b);
      expect(itemAt(extents, at)).toBe(there);
    }
  });

  it("takes the nearest where none is at the moment itself", () => {
    const extents = of([
      [0, 10],
      [14, 20],
    ]);
    expect(itemNear(extents, 11, 2)).toBe(0);
    expect(itemNear(extents, 13, 2)).toBe(1);
    expect(itemNear(extents, 12, 1)).toBe(-1);
    expect(itemNear(extents, 5, 1)).toBe(0);
  });
});

describe("merging", () => {
  const axis = { view: { start: 0, end: 1000 }, width: 100 };

  it("makes one piece of neighbours that share a pixel, as sure as the surest", () => {
    const sure = [0.2, 0.9, 0.4, 0.7];
    const found = pieces(
      of([
        [10, 11],
        [13, 14],
        [16, 17],
        [500, 501],
      ]),
      axis,
      { weight: (item) => sure[item] ?? 0 },
    );
    expect(found).toHaveLength(2);
    expect(found[0]).toMatchObject({ item: -1, weight: 0.9 });
    expect(found[0]?.from).toBeCloseTo(1);
    expect(found[1]).toMatchObject({ item: 3, weight: 0.7 });
  });

  it("keeps wide ones whole and themselves", () => {
    const found = pieces(
      of([
        [100, 200],
        [200, 202],
        [300, 400],
      ]),
      axis,
    );
    expect(found.map(({ item }) => item)).toEqual([0, 1, 2]);
    expect(found[2]).toMatchObject({ from: 30, to: 40 });
  });

  it("draws no more than there are pixels", () => {
    const many = Array.from({ length: 50_000 }, (_, place): Pair => [
      place / 50,
      place / 50 + 0.01,
    ]);
    expect(pieces(of(many), axis).length).toBeLessThanOrEqual(100);
  });
});
