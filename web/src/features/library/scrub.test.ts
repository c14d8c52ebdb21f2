import { describe, expect, it } from "vitest";

import { MOMENTS, momentAt, nearest, secondOf } from "./scrub";

describe("scrubbing", () => {
  it("covers the picture from edge to edge", () => {
    expect(momentAt(-0.1)).toBe(0);
    expect(momentAt(0)).toBe(0);
    expect(momentAt(1)).toBe(MOMENTS - 1);
  });

  it("stays inside the video", () => {
    expect(secondOf(0, 12)).toBe(0.5);
    expect(secondOf(MOMENTS - 1, 12)).toBe(11.5);
    expect(secondOf(MOMENTS - 1, 0.04)).toBeLessThan(0.04);
  });

  it("shows the nearest moment that is there", () => {
    expect(nearest(new Set(), 3)).toBeNull();
    expect(nearest(new Set([0, 9]), 3)).toBe(0);
    expect(nearest(new Set([0, 9]), 8)).toBe(9);
  });
});
