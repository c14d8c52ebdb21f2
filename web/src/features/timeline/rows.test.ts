import { describe, expect, it } from "vitest";

import { lines } from "./lines";
import { madeUp } from "./madeUp";
import { quantised, quantum } from "./preview";
import { arranged, contents, rowAt, RowOrder } from "./rows";
import { seenAt, told } from "./told";

const { document, signals } = madeUp({ spans: 30, tags: 4, minutes: 2, points: 50, seed: 1 });
const none = new Set<string>();

describe("rows", () => {
  it("keep their places when new ones come, whatever order the server tells", () => {
    const order = new RowOrder();
    const [first, ...rest] = document.tracks;
    if (!first) throw new Error("no track");
    const before = contents({ ...document, tracks: rest }, signals, order).map(({ key }) => key);
    const after = contents({ ...document, tracks: [first, ...rest] }, signals, order);
    const tags = after.flatMap((row) => (row.kind === "tag" ? [row.track.tag] : []));
    expect(tags).toEqual([...rest.map(({ tag }) => tag), first.tag]);
    expect(after.map(({ key }) => key).filter((key) => before.includes(key))).toEqual(before);
  });

  it("give each question its own row", () => {
    const rows = contents(document, signals, new RowOrder());
    const texts = rows.flatMap((row) => (row.kind === "texts" ? [row.prompt] : []));
    expect(texts).toEqual(["", "What happens in the harbour?"]);
  });

  it("lie below each other without gaps, less what is hidden or left out", () => {
    const all = contents(document, signals, new RowOrder());
    const rows = arranged(all, {
      folded: new Set(["signals"]),
      without: new Set([all.at(-1)?.key ?? ""]),
      hidden: new Set([document.tracks[0]?.tag ?? ""]),
    });
    expect(rows).toHaveLength(all.length - 2);
    let top = 0;
    for (const row of rows) {
      expect(row.top).toBe(top);
      expect(rowAt(rows, top)).toBe(row);
      top += row.height;
    }
    expect(rowAt(rows, top)).toBeNull();
  });
});

describe("what is told of a place", () => {
  const rows = arranged(contents(document, signals, new RowOrder()), {
    folded: none,
    without: none,
  });

  it("says why something is unknown, and never that it is absent then", () => {
    const row = rows.find((one) => one.kind === "tag" && one.track.unknown.length > 0);
    if (row?.kind !== "tag") throw new Error("no row");
    const [unknown] = row.track.unknown;
    const middle = ((unknown?.start ?? 0) + (unknown?.end ?? 0)) / 2;
    const there = told({ zone: "row", row, span: null, grip: null }, rows, middle, 0);
    expect(there).toMatchObject({ kind: "unknown", unknown: { reason: "failed" } });
  });

  it("says absent only where somebody has looked", () => {
    const [row] = rows.filter((one) => one.kind === "tag");
    if (!row) throw new Error("no row");
    const there = (run: string | null) => {
      const track = { ...row.track, run, spans: [], unknown: [] };
      const hit = { zone: "row", row: { ...row, track }, span: null, grip: null } as const;
      return told(hit, rows, 10, 0).kind;
    };
    expect(there("tags")).toBe("absent");
    expect(there(null)).toBe("unlooked");
  });

  it("names all tags of a moment on the ruler", () => {
    const [track] = document.tracks;
    const span = track?.spans[0];
    const middle = ((span?.start ?? 0) + (span?.end ?? 0)) / 2;
    expect(seenAt(rows, middle).map(({ tag }) => tag)).toContain(track?.tag);
  });

  it("tells asked from shared, unknown and not asked", () => {
    const row = rows.find((one) => one.kind === "coverage");
    if (!row) throw new Error("no row");
    const how = [10, 30, 88, 110].map((seconds) => {
      const there = told({ zone: "row", row, span: null, grip: null }, rows, seconds, 0);
      return there.kind === "coverage" && there.how;
    });
    expect(how).toEqual(["asked", "shared", "unknown", "unasked"]);
  });
});

describe("pictures", () => {
  it("are asked for at few moments, so that they are found again", () => {
    expect(quantum(0.001)).toBe(1 / 16);
    expect(quantum(2)).toBe(8);
    expect(quantised(13.9, 0.5)).toBe(quantised(12.1, 0.5));
    expect(quantised(13.9, 0.5)).toBe(12);
  });
});

describe("words in a block", () => {
  const wide = (text: string) => text.length * 6;

  it("are broken at blanks and end in dots where there is more", () => {
    expect(lines(wide, "A red car turns", 60, 2)).toEqual(["A red car", "turns"]);
    expect(lines(wide, "A red car turns into the street", 60, 2)).toEqual([
      "A red car",
      "turns int…",
    ]);
    expect(lines(wide, "Nothing\n moves", 200, 2)).toEqual(["Nothing moves"]);
    expect(lines(wide, "Nothing", 30, 2)).toEqual(["Noth…"]);
    expect(lines(wide, "Nothing", 4, 1)).toEqual([]);
  });
});
