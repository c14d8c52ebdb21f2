import { expect, it } from "vitest";

import { filterOf } from "./filter";
import { following, newer, plainly } from "./shown";

const list = (...moments: string[]) => moments.map((added_at) => ({ added_at }));

it("counts what came later, to the microsecond", () => {
  const items = list(
    "2026-11-21T20:00:01Z",
    "2026-11-21T20:00:00.000002Z",
    "2026-11-21T20:00:00.000001Z",
    "2026-11-21T19:59:59.5Z",
  );
  expect(newer(items, "2026-11-21T20:00:00.000001Z")).toBe(2);
  expect(newer(items, "2026-11-21T20:00:01Z")).toBe(0);
  expect(newer(items, "2026-11-21T20:00:00Z")).toBe(3);
});

it("is not mistaken where the newest that was shown is gone, or all are new", () => {
  const items = list("2026-11-21T20:00:02Z", "2026-11-21T19:00:00Z");
  expect(newer(items, "2026-11-21T20:00:01Z")).toBe(1);
  expect(newer(items, "2026-11-21T18:00:00Z")).toBe(2);
  expect(newer([], "2026-11-21T18:00:00Z")).toBe(0);
});

const newest = "2026-11-21T20:00:00Z";
const filter = filterOf({});
const now = { filter, come: true, held: false, newest };

it("holds the list while somebody is at work in it, and lets go of it after", () => {
  const free = plainly(filter);
  expect(following(free, now)).toBe(free);
  const held = following(free, { ...now, held: true });
  expect(held).toEqual({ of: filter, filter: { ...filter, until: newest }, before: filter });
  expect(following(held, { ...now, held: true, newest: "2026-11-21T21:00:00Z" })).toBe(held);
  const freed = following(held, now);
  expect(freed).toEqual({ of: filter, filter, before: held.filter });
});

it("holds nothing in another order, or where there is nothing yet", () => {
  const byTitle = plainly(filterOf({ sort: "title" }));
  expect(following(byTitle, { ...now, filter: byTitle.of, held: true })).toBe(byTitle);
  const none = plainly(filter);
  expect(following(none, { ...now, held: true, newest: undefined })).toBe(none);
});

it("shows another list once it has come", () => {
  const held = following(plainly(filter), { ...now, held: true });
  const other = filterOf({ q: "sea" });
  const asked = { ...now, filter: other, held: true };
  expect(following(held, { ...asked, come: false })).toBe(held);
  expect(following(held, asked)).toEqual(plainly(other));
});
