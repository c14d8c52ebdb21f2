import { describe, expect, it } from "vitest";

import { firstAt, layoutOf, movedBy, PAGE, pagesOf, ROW } from "./layout";

describe("layoutOf", () => {
  it("gives a phone two columns and a wide screen many", () => {
    expect(layoutOf("grid", 358).columns).toBe(2);
    expect(layoutOf("grid", 1400).columns).toBe(6);
    expect(layoutOf("grid", 100).columns).toBe(1);
  });

  it("gives a list one column of low rows", () => {
    expect(layoutOf("list", 1400)).toEqual({ columns: 1, row: ROW, gap: 0, tags: 4 });
  });
});

describe("firstAt", () => {
  it("is at the beginning of the first whole row", () => {
    const layout = layoutOf("grid", 1400);
    expect(firstAt(0, layout)).toBe(0);
    expect(firstAt(layout.row * 3, layout)).toBe(18);
    expect(firstAt(layout.row * 2.5, layout)).toBe(18);
  });
});

describe("pagesOf", () => {
  it("names every page that is touched and none behind the end", () => {
    expect(pagesOf(PAGE - 1, PAGE, 5000)).toEqual([0, 1]);
    expect(pagesOf(0, 10, 5)).toEqual([0]);
    expect(pagesOf(0, 10, 0)).toEqual([]);
  });
});

describe("movedBy", () => {
  const at = { columns: 4, rows: 3, total: 10, byPage: 2 };
  it("moves by one and by rows", () => {
    expect(movedBy("ArrowRight", 3, at)).toBe(4);
    expect(movedBy("ArrowDown", 1, at)).toBe(5);
    expect(movedBy("ArrowUp", 5, at)).toBe(1);
  });

  it("stays at the edges", () => {
    expect(movedBy("ArrowLeft", 0, at)).toBe(0);
    expect(movedBy("ArrowUp", 2, at)).toBe(2);
    expect(movedBy("ArrowDown", 9, at)).toBe(9);
    expect(movedBy("End", 0, at)).toBe(9);
  });

  it("goes to the last from above a gap in the last row", () => {
    expect(movedBy("ArrowDown", 7, at)).toBe(9);
  });

  it("leads nowhere by another key or in an empty library", () => {
    expect(movedBy("a", 3, at)).toBeNull();
    expect(movedBy("Home", 0, { ...at, total: 0 })).toBeNull();
  });
});
