import { describe, expect, it } from "vitest";

import { cleared, filterOf, isNarrowed, queryOf, toggled } from "./filter";

describe("the address of the library", () => {
  it("leaves out words that the server does not know", () => {
    const filter = filterOf({ state: ["failed", "nonsense"], kind: ["painting"], sort: "colour" });
    expect(filter.state).toEqual(["failed"]);
    expect(filter.kind).toEqual([]);
    expect(filter.sort).toBe("added");
  });

  it("says the same for the same values in another order", () => {
    expect(filterOf({ state: ["failed", "new"] })).toEqual(filterOf({ state: ["new", "failed"] }));
  });

  it("takes a value in and out, and leaves an empty room out", () => {
    const once = toggled({ q: "sea" }, "tag", "red");
    expect(once).toEqual({ q: "sea", tag: ["red"] });
    expect(toggled(once, "tag", "red")).toEqual({ q: "sea" });
  });

  it("keeps order and view when filters are cleared", () => {
    expect(cleared({ q: "x", tag: ["a"], sort: "title", view: "list" })).toEqual({
      sort: "title",
      view: "list",
    });
  });

  it("is not narrowed by an order or by blanks", () => {
    expect(isNarrowed(filterOf({ sort: "title", q: "  " }))).toBe(false);
    expect(isNarrowed(filterOf({ kind: ["image"] }))).toBe(true);
  });

  it("asks for a page and nothing that was not chosen", () => {
    expect(queryOf(filterOf({ q: " sea " }), 60, 60)).toEqual({
      q: "sea",
      sort: "added",
      offset: 60,
      limit: 60,
    });
  });
});
