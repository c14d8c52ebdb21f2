import { describe, expect, it } from "vitest";

import type { Edit } from "@/features/timeline/model";

import { withEdits } from "./edits";
import { document, span, track } from "./fixtures";

const said = (edit: Partial<Edit> & { start: number; end: number }): Edit => ({
  tag: "car",
  present: true,
  replaces: null,
  ...edit,
});
const after = (spans: [number, number][], edit: Edit) =>
  withEdits(
    document([
      track(
        "car",
        spans.map(([a, b]) => span(a, b)),
      ),
    ]),
    [{ id: 1, edit }],
  ).tracks[0]?.spans.map((one) => [one.start, one.end]);

describe("an edit, before the server has it", () => {
  it("moves the edge of a span", () => {
    expect(after([[2, 6]], said({ start: 3, end: 6, replaces: [2, 6] }))).toEqual([[3, 6]]);
  });

  it("rejects a span", () => {
    const edit = said({ start: 2, end: 6, present: false, replaces: [2, 6] });
    expect(
      after(
        [
          [2, 6],
          [8, 9],
        ],
        edit,
      ),
    ).toEqual([[8, 9]]);
  });

  it("cuts what it lies in, and leaves no slivers", () => {
    expect(after([[0, 20]], said({ start: 4, end: 6, present: false }))).toEqual([
      [0, 4],
      [6, 20],
    ]);
    expect(after([[0, 20]], said({ start: 0.3, end: 6, present: false }))).toEqual([[6, 20]]);
  });

  it("takes in the spans that it covers for the greater part", () => {
    expect(
      after(
        [
          [1, 3],
          [5, 7],
        ],
        said({ start: 0, end: 6 }),
      ),
    ).toEqual([[0, 6]]);
  });

  it("leaves the long rest of a span that it covers for the greater part", () => {
    expect(after([[0, 30]], said({ start: 0, end: 20, present: false }))).toEqual([[20, 30]]);
    expect(after([[0, 30]], said({ start: 0, end: 26, present: false }))).toEqual([]);
  });

  it("clears what was unknown there", () => {
    const unknown = [{ start: 0, end: 10, reason: "failed" as const, detail: "" }];
    const edit = said({ start: 2, end: 4 });
    const doc = withEdits(document([track("car", [], { unknown })]), [{ id: 1, edit }]);
    expect(doc.tracks[0]?.unknown.map((one) => [one.start, one.end])).toEqual([
      [0, 2],
      [4, 10],
    ]);
  });

  it("adds a row for a new tag at the end, and none for a tag that is said to be absent", () => {
    const doc = document([track("car", [])]);
    const dog = said({ tag: "dog", start: 1, end: 2 });
    expect(withEdits(doc, [{ id: 1, edit: dog }]).tracks.map((one) => one.tag)).toEqual([
      "car",
      "dog",
    ]);
    expect(withEdits(doc, [{ id: 1, edit: { ...dog, present: false } }])).toBe(doc);
  });

  it("leaves other tracks as they are, so that nothing else is drawn anew", () => {
    const doc = document([track("car", []), track("dog", [span(1, 2)])]);
    const now = withEdits(doc, [{ id: 1, edit: said({ start: 1, end: 2 }) }]);
    expect(now.tracks[1]).toBe(doc.tracks[1]);
    expect(now.tracks[0]?.spans[0]).toMatchObject({ by: "person", confidence: 1 });
  });
});
