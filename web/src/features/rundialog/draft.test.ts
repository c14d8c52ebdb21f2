import { expect, test } from "vitest";

import {
  bodyOf,
  changes,
  type Draft,
  draftOf,
  fieldNamed,
  FRESH,
  modelsOf,
  problems,
  type Spec,
  withPass,
  withTags,
} from "./draft";

const asks = (more: Partial<Draft>): Draft => ({ ...FRESH, tags: ["car"], ...more });

test("nothing is asked for until there is a tag, a set, a description or a question", () => {
  expect(problems(FRESH)).toHaveProperty("tags");
  for (const more of [
    { tags: ["car"] },
    { tagSet: "street" },
    { describe: true },
    { ask: "why?" },
  ]) {
    expect(problems({ ...FRESH, ...more })).toEqual({});
  }
});

test("fast is some frames evenly, deep a frame a second with its edges searched for", () => {
  const fast = bodyOf(asks({}), ["m"]);
  expect(fast.sampling.frames).toBe(50);
  expect(fast.precision).toBeNull();
  const deep = bodyOf(withPass(asks({}), "deep"), ["m"]);
  expect(deep.sampling.every).toBe(1);
  expect(deep.precision).toBe("0.1s");
  expect(withPass(asks({ precision: "frame" }), "deep").precision).toBe("frame");
});

test("one way of sampling is sent, never two", () => {
  const given = (draft: Draft) =>
    Object.entries(bodyOf(draft, ["m"]).sampling).filter(([, value]) => value !== false);
  expect(given(asks({ pass: "own", sampling: "scenes" }))).toEqual([["scenes", true]]);
  expect(given(asks({ pass: "own", sampling: "motion", motion: 9 }))).toEqual([["motion", 9]]);
  expect(given(asks({ pass: "own", sampling: "at", at: "1, 1:30 ," }))).toEqual([
    ["at", ["1", "1:30"]],
  ]);
});

test("edges are only searched for where there are tags", () => {
  expect(bodyOf({ ...FRESH, describe: true, precision: "frame" }, ["m"]).precision).toBeNull();
});

test.each([
  ["2", true],
  ["500ms", true],
  ["1m30s", true],
  ["1:02:03.4", true],
  ["", false],
  ["soon", false],
  ["2 weeks", false],
])("%s as a duration", (every, good) => {
  const wrong = problems(asks({ pass: "own", sampling: "every", every }));
  expect("every" in wrong).toBe(!good);
});

test("a moment that has passed, and a webhook that is none, are told at their fields", () => {
  const now = new Date("2026-05-01T12:00:00");
  expect(problems(asks({ startAt: "2026-05-01T11:00" }), now)).toHaveProperty("startAt");
  expect(problems(asks({ startAt: "2026-05-01T13:00" }), now)).toEqual({});
  expect(problems(asks({ webhook: "hooks.example.com" }), now)).toHaveProperty("webhook");
});

const SPEC: Spec = {
  tags: [
    {
      name: "car",
      positive: [],
      negative: [],
      threshold: 0.5,
      max_gap: 0,
      min_length: 0,
      description: null,
    },
    { name: "dog", positive: [], negative: [], threshold: 0.8, max_gap: 2, min_length: 0 },
  ],
  exclusive: ["size"],
  describe: false,
  ask: null,
  sampling: { keyframes: false, all_frames: false, scenes: false, every: 1 },
  precision: "0.5s",
  doubt: true,
  repeats: 3,
  longest_side: 512,
  min_tokens: 0,
  sharing: false,
  endpoints: ["desk"],
  egress: "lan",
  budget: { calls: 0, time: "5m" },
  prompts: "1",
};

test("asked again, a run is asked for as it was", () => {
  const body = bodyOf(draftOf(SPEC), ["m"]);
  expect(body.tags).toEqual(["car", SPEC.tags[1]]);
  expect(body).toMatchObject({
    exclusive: ["size"],
    precision: "0.5s",
    doubt: true,
    repeats: 3,
    longest_side: 512,
    sharing: false,
    endpoints: ["desk"],
    egress: "lan",
    sampling: { every: 1 },
  });
  expect(body.budget).toEqual({ calls: 0, tokens: null, cost: null, time: "5m" });
});

test("sampling as the settings say stays so when asked again", () => {
  const usual = { keyframes: false, all_frames: false, scenes: false };
  const { sampling } = bodyOf(draftOf({ ...SPEC, sampling: usual, precision: null }), ["m"]);
  expect(sampling).toEqual(usual);
});

test("a tag that had settings keeps them while others are typed", () => {
  const draft = withTags(draftOf(SPEC), ["dog", "cat", " cat ", "", "bird; cat,"]);
  expect(draft.tags).toEqual([SPEC.tags[1], "cat", "bird"]);
});

test("what is folded away and not as usual is counted", () => {
  expect(changes(FRESH)).toBe(0);
  expect(changes({ ...FRESH, doubt: true, calls: 0, pass: "own" })).toBe(3);
});

test.each([
  ["The request cannot be used. body.budget.calls: Input should be 0 or more", "calls"],
  ["longest_side must be 32 to 8192 pixels, not 3", "longestSide"],
  ["There is no endpoint 'attic'.", "endpoints"],
  ["The disk is full.", null],
])("%s", (message, field) => {
  expect(fieldNamed(message)).toBe(field);
});

test("the models to choose from are those of the endpoints that are asked", () => {
  const known = [
    { name: "desk", model: "seer" },
    { name: "attic", model: "seer" },
    { name: "cloud", model: "oracle" },
    { name: "gone", model: null },
  ];
  expect(modelsOf(known, [])).toEqual(["seer", "oracle"]);
  expect(modelsOf(known, ["cloud", "gone"])).toEqual(["oracle"]);
});
