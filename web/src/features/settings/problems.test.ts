import { expect, it } from "vitest";

import { toldOf } from "./problems";

const known = (path: string) => path === "every_s" || path === "jobs.at_once";

it("takes fields out of the server's words", () => {
  const told = toldOf(
    "Nothing was changed:\n  jobs.at_once: must be 1 or more\n  every_s: a number",
    known,
  );
  expect([...told.fields]).toEqual([
    ["jobs.at_once", "must be 1 or more"],
    ["every_s", "a number"],
  ]);
  expect(told.rest).toBe("");
});

it("keeps what is about no field that is shown", () => {
  const told = toldOf("Nothing was changed:\n  every_s: a number\n  other.one: is odd", known);
  expect(told.rest).toContain("other.one: is odd");
  expect(toldOf("The server is busy.", known)).toEqual({
    fields: new Map(),
    rest: "The server is busy.",
  });
});

it("joins several problems of one field", () => {
  const told = toldOf("Nothing was changed:\n  every_s: one\n  every_s: two", known);
  expect(told.fields.get("every_s")).toBe("one; two");
});
