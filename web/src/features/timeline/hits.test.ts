import { describe, expect, it } from "vitest";

import { gripOf, hitAt, NEAR, overviewWindow, type Scene, spanOf } from "./hits";
import { madeUp } from "./madeUp";
import type { Span, Track } from "./model";
import { arranged, contents, HEAD_HEIGHT, RowOrder } from "./rows";

const { document, signals } = madeUp({ spans: 6, tags: 2, minutes: 10, points: 10, seed: 3 });

function span(start: number, end: number): Span {
  return {
    start,
    end,
    start_range: [start - 2, start],
    end_range: [end, end + 2],
    confidence: 1,
    by: "model",
    correction: null,
  };
}

const spans = [span(100, 200), span(204, 230), span(400, 401)];
const tracks = document.tracks.map((track, place) => (place ? track : { ...track, spans }));
const rows = arranged(contents({ ...document, tracks }, signals, new RowOrder()), {
  folded: new Set(),
  without: new Set(["signals"]),
});
const scene: Scene = {
  axis: { view: { start: 0, end: 600 }, width: 600 },
  rows,
  scroll: 0,
  duration: 600,
  selected: null,
};
const y = HEAD_HEIGHT + 15;

function at(x: number, over: Partial<Scene> = {}, near: number = NEAR.mouse) {
  const hit = hitAt({ ...scene, ...over }, x, y, near);
  return hit.zone === "row" ? [hit.span?.start, hit.grip] : hit.zone;
}

describe("what lies under the pointer", () => {
  it("is an edge near an edge, the body between, and nothing elsewhere", () => {
    expect(at(150)).toEqual([100, "body"]);
    expect(at(98)).toEqual([100, "start"]);
    expect(at(103)).toEqual([100, "start"]);
    expect(at(198)).toEqual([100, "end"]);
    expect(at(300)).toEqual([undefined, null]);
  });

  it("leaves a body between the edges of a narrow span", () => {
    const axis = { view: { start: 0, end: 600 }, width: 600 };
    expect(gripOf(span(100, 106), axis, 103, 5)).toBe("body");
    expect(gripOf(span(100, 106), axis, 101, 5)).toBe("start");
    expect(at(402)).toEqual([400, "end"]);
  });

  it("prefers the handles of the chosen span to its neighbour", () => {
    expect(at(203)[0]).toBe(204);
    const selected = { tag: rows[0]?.kind === "tag" ? rows[0].track.tag : "", start: 100 };
    expect(at(203, { selected })).toEqual([100, "end"]);
  });

  it("finds the chosen span again when the server has put it at a frame", () => {
    const track = { ...document.tracks[0], spans } as Track;
    const ref = (start: number) => spanOf(track, { tag: track.tag, start })?.start;
    expect([100, 100.04, 203.9, 202].map(ref)).toEqual([100, 100, 204, undefined]);
    expect(spanOf(track, { tag: "another", start: 100 })).toBeNull();
  });

  it("is more forgiving of fingers", () => {
    expect(at(90)).toEqual([undefined, null]);
    expect(at(90, {}, NEAR.touch)).toEqual([100, "start"]);
  });

  it("follows the rows when they are scrolled, and never the head", () => {
    const second = hitAt({ ...scene, scroll: 30 }, 150, y);
    expect(second.zone === "row" && second.row.key).toBe(rows[1]?.key);
    expect(hitAt({ ...scene, scroll: 30 }, 150, 40).zone).toBe("ruler");
    expect(hitAt(scene, 150, 5000).zone).toBe("empty");
  });

  it("tells the parts of the window on the whole length", () => {
    const view = { start: 100, end: 300 };
    expect(overviewWindow(view, 600, 600)).toEqual([100, 300]);
    const part = (x: number) => {
      const hit = hitAt({ ...scene, axis: { view, width: 600 } }, x, 5);
      return hit.zone === "overview" && hit.part;
    };
    expect([98, 200, 302, 400].map(part)).toEqual(["start", "window", "end", "outside"]);
    const [from, to] = overviewWindow({ start: 10, end: 10.25 }, 600, 600);
    expect(to - from).toBeCloseTo(8);
  });
});
