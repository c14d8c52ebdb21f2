import { afterEach, beforeEach, expect, it, vi } from "vitest";

import { ToastList } from "./toast";
import { Undos } from "./undo";

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

const texts = (list: ToastList) => list.shown.map(({ text }) => text);
const nothing = () => undefined;

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

it("leaves more time where something can be done", () => {
  const list = new ToastList();
  list.add({ kind: "done", text: "copied" });
  list.add({ kind: "done", text: "started", action: { label: "Open", run: nothing } });
  vi.advanceTimersByTime(6000);
  expect(texts(list)).toEqual(["started"]);
  vi.advanceTimersByTime(4000);
  expect(texts(list)).toEqual([]);
});

it("lets none go while somebody is at them, and begins their time again", () => {
  const list = new ToastList();
  list.add({ kind: "done", text: "a" });
  vi.advanceTimersByTime(5000);
  list.hold(true);
  for (const text of ["b", "c", "d"]) list.add({ kind: "done", text });
  vi.advanceTimersByTime(60_000);
  expect(texts(list)).toEqual(["a", "b", "c", "d"]);
  list.hold(false);
  expect(texts(list)).toEqual(["b", "c", "d"]);
  vi.advanceTimersByTime(5999);
  expect(texts(list)).toEqual(["b", "c", "d"]);
  vi.advanceTimersByTime(1);
  expect(texts(list)).toEqual([]);
});

function undoing() {
  const taken: string[] = [];
  const place = { path: "/media/1" };
  const list = new ToastList(new Undos(() => place.path));
  const say = (name: string) => {
    const run = () => void taken.push(name);
    list.add({ kind: "done", text: name, action: { label: "Undo", run, undoes: name } });
  };
  return { list, taken, say, place };
}

it("takes back one after the other, also what is not told any more", () => {
  const { list, taken, say } = undoing();
  say("first");
  vi.advanceTimersByTime(60_000);
  say("second");
  expect(list.undo()).toBe(true);
  expect(texts(list)).toEqual([]);
  expect(list.undo()).toBe(true);
  expect(list.undo()).toBe(false);
  expect(taken).toEqual(["second", "first"]);
});

it("takes nothing back twice", () => {
  const { list, taken, say } = undoing();
  say("clicked");
  const [toast] = list.shown;
  if (toast) list.act(toast);
  say("elsewhere");
  list.undone("elsewhere");
  expect(texts(list)).toEqual([]);
  expect(list.undo()).toBe(false);
  expect(taken).toEqual(["clicked"]);
});

it("changes nothing that is out of sight, unless it has just been told", () => {
  const { list, taken, say, place } = undoing();
  say("there");
  place.path = "/";
  vi.advanceTimersByTime(60_000);
  expect(list.undo()).toBe(false);
  say("here");
  place.path = "/runs";
  expect(list.undo()).toBe(true);
  expect(taken).toEqual(["here"]);
});
