import { describe, expect, it } from "vitest";

import { document, span, text, track } from "./fixtures";
import {
  begunBy,
  chosen,
  filtered,
  moments,
  neighbour,
  nowAt,
  questions,
  shifted,
} from "./moments";

const doc = document(
  [
    track("car", [span(2, 4), span(10, 12)]),
    track("person", [span(1, 3)], {
      unknown: [{ start: 20, end: 30, reason: "failed", detail: "" }],
    }),
  ],
  {
    descriptions: [
      text(0, 5, "A red car"),
      text(5, 9, null),
      text(0, 60, "Two of them", "How many?"),
    ],
  },
);

describe("moments", () => {
  it("are in order of time, without texts that are unknown", () => {
    expect(moments(doc).map((one) => one.start)).toEqual([0, 0, 1, 2, 10]);
  });

  it("are filtered by words and by tag", () => {
    const all = moments(doc);
    expect(filtered(all, { words: "", tag: null })).toBe(all);
    expect(filtered(all, { words: "red", tag: null })).toHaveLength(1);
    expect(filtered(all, { words: "many two", tag: null })).toHaveLength(1);
    expect(filtered(all, { words: "", tag: "car" }).map((one) => one.start)).toEqual([2, 10]);
  });

  it("have keys of their own", () => {
    const keys = moments(doc).map((one) => one.key);
    expect(new Set(keys).size).toBe(keys.length);
  });

  it("keep their keys when others come in before them", () => {
    const [late, early] = [text(5, 9, "late"), text(0, 4, "early")];
    const keyOf = (all: ReturnType<typeof text>[]) =>
      moments(document([], { descriptions: all })).find((one) => one.start === 5)?.key;
    expect(keyOf([early, late])).toBe(keyOf([late]));
    const twice = moments(document([], { descriptions: [late, late] }));
    expect(new Set(twice.map(({ key }) => key)).size).toBe(2);
  });

  it("tell by how many places those on show have moved", () => {
    const list = (...starts: number[]) =>
      moments(
        document([
          track(
            "car",
            starts.map((start) => span(start, start + 1)),
          ),
        ]),
      );
    expect(shifted(list(5, 10), list(1, 3, 5, 10), 0)).toBe(2);
    expect(shifted(list(1, 5, 10), list(5, 10), 1)).toBe(-1);
    // The first on show is gone: the next one tells.
    expect(shifted(list(5, 10), list(1, 10), 0)).toBe(0);
    expect(shifted(list(5, 10), list(20), 0)).toBe(0);
    expect(shifted([], list(1), 0)).toBe(0);
  });

  it("know which have begun, and the next and previous", () => {
    const all = moments(doc);
    expect(begunBy(all, 2)).toBe(3);
    expect(begunBy(all, -1)).toBe(-1);
    expect(neighbour(all, 2, 1)?.start).toBe(10);
    expect(neighbour(all, 10, 1)).toBeNull();
    expect(neighbour(all, 10, -1)?.start).toBe(2);
    expect(neighbour(all, 0, -1)).toBeNull();
  });
});

describe("now", () => {
  it("tells tags, what is unknown, and the description", () => {
    expect(nowAt(doc, 2.5)).toMatchObject({
      tags: [{ tag: "car" }, { tag: "person" }],
      unknown: [],
      text: { text: "A red car" },
    });
    expect(nowAt(doc, 25)).toMatchObject({ tags: [], unknown: ["person"], text: null });
  });

  it("ends before the end", () => {
    expect(nowAt(doc, 4).tags).toEqual([]);
    expect(nowAt(doc, 10).tags).toHaveLength(1);
  });
});

describe("a chosen span", () => {
  it("is found again after its edge was moved to a frame", () => {
    expect(chosen(doc, { tag: "car", start: 2.03 })?.span.end).toBe(4);
    expect(chosen(doc, { tag: "car", start: 6 })).toBeNull();
    expect(chosen(doc, { tag: "dog", start: 2 })).toBeNull();
    expect(chosen(doc, null)).toBeNull();
  });
});

describe("questions", () => {
  it("come latest first", () => {
    const run = (id: string, began_at: string) => ({
      id,
      run: id,
      number: 1,
      recipe: "answering",
      state: "complete",
      note: "",
      models: [],
      endpoints: [],
      began_at,
      ended_at: null,
      frames_sampled: 1,
      asks_done: 1,
      asks_planned: 1,
      answers: 1,
      distrusted: 0,
    });
    const asked = document([], {
      runs: [run("b", "2026-02-01"), run("a", "2026-01-01")],
      descriptions: [text(0, 1, "x", "old?", "a"), text(0, 1, "y", "new?", "b")],
    });
    expect(questions(asked).map((one) => one.prompt)).toEqual(["new?", "old?"]);
  });
});
