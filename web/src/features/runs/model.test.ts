import { expect, test } from "vitest";

import type { RunEvent } from "@/api/live";

import { actionsOf, hoped, moved, type Run, sumOf, tookS } from "./model";

function run(more: Omit<Partial<Run>, "progress"> & { progress?: Partial<Run["progress"]> }): Run {
  const { progress, ...rest } = more;
  return {
    id: "r",
    number: 1,
    title: "car",
    source: "api",
    state: "running",
    wish: null,
    priority: 100,
    members: 1,
    note: "",
    created_at: "2026-01-01T00:00:00Z",
    started_at: "2026-01-01T00:00:10Z",
    ended_at: null,
    ...rest,
    progress: {
      stage: "asking",
      fraction: 0,
      current: "",
      members: 1,
      members_done: 0,
      asks_planned: 0,
      asks_done: 0,
      frames_planned: 0,
      frames_covered: 0,
      answered: 0,
      reused: 0,
      shared: 0,
      failed: 0,
      calls: 0,
      tokens_in: 0,
      tokens_out: 0,
      cost: 0,
      rate: null,
      eta_s: null,
      ...progress,
    },
  };
}

const EVENT: RunEvent = {
  run: "r",
  at: "",
  state: "partial",
  wish: null,
  stage: "ended",
  fraction: 0.5,
  current: "",
  current_fraction: null,
  members: 1,
  members_done: 1,
  asks_done: 5,
  asks_planned: 10,
  frames_covered: 5,
  frames_planned: 10,
  failed: 5,
  calls: 7,
  cost: 0.1,
  rate: null,
  eta_s: null,
};

test("an event moves its own run on, and keeps what it does not tell", () => {
  const was = run({ progress: { answered: 3 } });
  const now = moved(was, EVENT);
  expect(now).toMatchObject({ state: "partial", title: "car" });
  expect(now.progress).toMatchObject({ fraction: 0.5, failed: 5, answered: 3, stage: "ended" });
  expect(moved(run({ id: "other" }), EVENT)).toMatchObject({ state: "running" });
  expect(moved(was, { ...EVENT, state: "dreaming" }).state).toBe("running");
});

test("runs that go on are summed; others are not", () => {
  const sum = sumOf([
    run({
      members: 4,
      progress: {
        fraction: 0.8625,
        current: "wedding.mp4",
        current_fraction: 0.45,
        members_done: 3,
        frames_planned: 40,
        frames_covered: 10,
        rate: 2,
        eta_s: 30,
      },
    }),
    run({ id: "q", state: "queued", members: 1 }),
    run({ id: "done", state: "complete", members: 9, progress: { frames_planned: 99 } }),
  ]);
  expect(sum).toMatchObject({
    runs: 2,
    running: 1,
    videos: 5,
    videosDone: 3,
    frames: 40,
    framesDone: 10,
    rate: 2,
    etaS: 30,
  });
  expect(sum.videosShare).toBeCloseTo((0.8625 * 4) / 5);
  expect(sum.now).toHaveLength(1);
  expect(sum.now[0]?.share).toBeCloseTo(0.45);
});

test("what is not known of one is not told of all", () => {
  const sum = sumOf([run({ progress: { rate: 2, eta_s: 5 } }), run({ id: "s" })]);
  expect(sum).toMatchObject({ rate: 2, etaS: null });
  expect(sumOf([]).rate).toBeNull();
});

test("what may be done goes by how it stands", () => {
  expect(actionsOf(run({ state: "queued" }))).toEqual(["front", "pause", "cancel"]);
  expect(actionsOf(run({ state: "failed" }))[0]).toBe("retry");
  expect(actionsOf(run({ state: "complete" }))).toEqual([]);
  expect(actionsOf(run({ wish: "pause" }))).toEqual(["cancel"]);
  expect(actionsOf(run({ wish: "cancel" }))).toEqual([]);
});

test("a run that is worked on is only asked to stop; one that waits stops at once", () => {
  expect(hoped(run({}), "pause")).toMatchObject({ state: "running", wish: "pause" });
  expect(hoped(run({ state: "queued" }), "pause")).toMatchObject({ state: "paused" });
  expect(hoped(run({}), "cancel")).toMatchObject({ state: "running", wish: "cancel" });
  expect(hoped(run({ state: "partial", note: "x" }), "retry")).toMatchObject({
    state: "queued",
    note: "",
  });
});

test("how long it took ends when it ended", () => {
  const ended = run({ state: "complete", ended_at: "2026-01-01T00:00:40Z" });
  expect(tookS(ended)).toBe(30);
  expect(tookS(run({}), Date.parse("2026-01-01T00:00:15Z"))).toBe(5);
  expect(tookS(run({ started_at: null }))).toBeNull();
});
