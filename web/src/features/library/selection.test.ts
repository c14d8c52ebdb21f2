import { expect, it } from "vitest";

import { NOTHING, toggle, withAll, without } from "./selection";

it("takes in, takes out, and never changes what was before", () => {
  const one = toggle(NOTHING, "a", "A");
  expect([...one.keys()]).toEqual(["a"]);
  expect(NOTHING.size).toBe(0);
  expect(toggle(one, "a", "A").size).toBe(0);
  expect([...withAll(one, new Map([["b", "B"]])).values()]).toEqual(["A", "B"]);
  expect(without(one, ["a"]).size).toBe(0);
});
