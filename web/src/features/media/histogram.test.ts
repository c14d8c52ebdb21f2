import { expect, it } from "vitest";

import { heights, histogram } from "./histogram";

it("counts each probability once, the ends included", () => {
  expect(histogram([0, 0.49, 0.5, 1], 2)).toEqual([2, 2]);
  expect(histogram([], 3)).toEqual([0, 0, 0]);
});

it("keeps small bars visible", () => {
  expect(heights([100, 1, 0])).toEqual([1, 0.1, 0]);
  expect(heights([0, 0])).toEqual([0, 0]);
});
