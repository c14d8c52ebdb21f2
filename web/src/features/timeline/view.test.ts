import { describe, expect, it } from "vitest";

import {
  around,
  between,
  clamped,
  LEAST_S,
  lengthOf,
  moved,
  paged,
  timeOf,
  whole,
  xOf,
  zoomed,
} from "./view";

const view = { start: 10, end: 30 };

describe("the view", () => {
  it("puts a moment at a pixel and back", () => {
    const axis = { view, width: 200 };
    expect(xOf(axis, 15)).toBe(50);
    expect(timeOf(axis, 50)).toBe(15);
  });

  it("zooms so that the moment under the pointer stays there", () => {
    const near = zoomed(view, 100, 4, 15);
    expect(lengthOf(near)).toBeCloseTo(5);
    expect(xOf({ view: near, width: 200 }, 15)).toBeCloseTo(50);
    const back = zoomed(near, 100, 1 / 4, 15);
    expect(back.start).toBeCloseTo(view.start);
    expect(back.end).toBeCloseTo(view.end);
  });

  it("never leaves the media, and is neither shorter nor longer than allowed", () => {
    expect(zoomed(view, 100, 1e-9, 15)).toEqual(whole(100));
    expect(lengthOf(zoomed(view, 100, 1e9, 15))).toBeCloseTo(LEAST_S);
    expect(moved(view, 100, -50)).toEqual({ start: 0, end: 20 });
    expect(moved(view, 100, 500)).toEqual({ start: 80, end: 100 });
    expect(clamped({ start: -5, end: 300 }, 100)).toEqual({ start: 0, end: 100 });
  });

  it("stands on media of no length", () => {
    const none = zoomed(whole(0), 0, 2, 0);
    expect(lengthOf(none)).toBe(LEAST_S);
    expect(Number.isFinite(xOf({ view: none, width: 100 }, 0))).toBe(true);
  });

  it("turns like a page, and shows a stretch with room around it", () => {
    const next = paged(view, 100, 30.1);
    expect(lengthOf(next)).toBeCloseTo(20);
    expect(next.start).toBeGreaterThan(28);
    expect(next.start).toBeLessThan(30.1);
    const shown = around(40, 50, 100);
    expect(shown.start).toBeLessThan(40);
    expect(shown.end).toBeGreaterThan(50);
  });

  it("travels from one view to another", () => {
    const to = { start: 40, end: 42 };
    expect(between(view, to, 0)).toEqual(view);
    expect(between(view, to, 1).start).toBeCloseTo(40);
    expect(lengthOf(between(view, to, 0.5))).toBeCloseTo(Math.sqrt(20 * 2));
    expect(between(view, { start: 20, end: 40 }, 0.5)).toEqual({ start: 15, end: 35 });
  });
});
