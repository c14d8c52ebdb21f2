import { describe, expect, it } from "vitest";

import { dragged, editOf, type Hold } from "./edits";
import { snapped } from "./snap";

const free = (seconds: number) => seconds;
const hold: Hold = {
  tag: "car",
  grip: "start",
  start: 10,
  end: 20,
  at: 10.2,
  replaces: { tag: "car", start: 10 },
};

describe("dragging", () => {
  it("moves an edge by as much as the pointer moved, up to the other edge", () => {
    expect(dragged(hold, 12.2, 60, free)).toMatchObject({ start: 12, end: 20 });
    expect(dragged(hold, 55, 60, free).start).toBeLessThan(20);
    expect(dragged(hold, -55, 60, free).start).toBe(0);
    expect(dragged({ ...hold, grip: "end", at: 20 }, 99, 60, free).end).toBe(60);
  });

  it("moves a body whole, and keeps it in the media", () => {
    const body: Hold = { ...hold, grip: "body", at: 15 };
    expect(dragged(body, 18, 60, free)).toMatchObject({ start: 13, end: 23 });
    expect(dragged(body, 99, 60, free)).toMatchObject({ start: 50, end: 60 });
    const toCut = (seconds: number) => (Math.abs(seconds - 24) < 1 ? 24 : seconds);
    expect(dragged(body, 18.4, 60, toCut)).toMatchObject({ start: 14, end: 24 });
  });

  it("draws a new span to either side", () => {
    const fresh: Hold = { ...hold, grip: "end", start: 30, end: 30, at: 30, replaces: null };
    expect(dragged(fresh, 33, 60, free)).toMatchObject({ start: 30, end: 33 });
    expect(dragged(fresh, 27, 60, free)).toMatchObject({ start: 27, end: 30 });
    expect(editOf(fresh, dragged(fresh, 33, 60, free))).toEqual({
      tag: "car",
      start: 30,
      end: 33,
      present: true,
      replaces: null,
    });
    expect(editOf(fresh, dragged(fresh, 30.001, 60, free))).toBeNull();
  });

  it("tells what it replaces, and nothing where nothing has changed", () => {
    expect(editOf(hold, dragged(hold, 12.2, 60, free))?.replaces).toEqual([10, 20]);
    expect(editOf(hold, dragged(hold, 10.2, 60, free))).toBeNull();
  });
});

describe("snapping", () => {
  const anchors = {
    cuts: Float64Array.of(5, 10),
    frames: Float64Array.of(4.96, 5, 5.04, 5.08),
    playhead: 7,
    duration: 60,
  };

  it("comes to rest at what is near on the screen, and only then", () => {
    expect(snapped(10.3, 0.1, anchors)).toBe(10);
    expect(snapped(10.3, 0.01, anchors)).toBe(10.3);
    expect(snapped(6.8, 0.1, anchors)).toBe(7);
    expect(snapped(0.4, 0.1, anchors)).toBe(0);
    expect(snapped(59.6, 0.1, anchors)).toBe(60);
  });

  it("prefers the playhead to a cut, and a cut to a frame", () => {
    expect(snapped(5.05, 0.1, { ...anchors, playhead: 5.2 })).toBe(5.2);
    expect(snapped(5.03, 0.01, anchors)).toBe(5);
    expect(snapped(5.075, 0.005, anchors)).toBe(5.08);
  });
});
