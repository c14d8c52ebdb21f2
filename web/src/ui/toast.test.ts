import { afterEach, beforeEach, expect, it, vi } from "vitest";

import { ToastList } from "./toast";

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

const texts = (list: ToastList) => list.shown.map(({ text }) => text);

it("keeps a failure while others come and go", () => {
  const list = new ToastList();
  list.add({ kind: "failed", text: "refused" });
  for (const text of ["a", "b", "c"]) list.add({ kind: "done", text });
  expect(texts(list)).toEqual(["refused", "b", "c"]);
  vi.advanceTimersByTime(60_000);
  expect(texts(list)).toEqual(["refused"]);
});

it("says the same failure once while it is shown", () => {
  const list = new ToastList();
  list.add({ kind: "failed", text: "away" });
  list.add({ kind: "failed", text: "away" });
  expect(texts(list)).toEqual(["away"]);
  list.remove(list.shown[0]?.id ?? 0);
  list.add({ kind: "failed", text: "away" });
  expect(texts(list)).toEqual(["away"]);
});

it("has room for so many failures only", () => {
  const list = new ToastList();
  for (const text of ["a", "b", "c", "d"]) list.add({ kind: "failed", text });
  expect(texts(list)).toEqual(["b", "c", "d"]);
});
