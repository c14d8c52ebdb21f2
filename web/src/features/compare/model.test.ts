import { expect, test } from "vitest";

import {
  agreements,
  choicesOf,
  differences,
  type Evidence,
  joined,
  picked,
  texts,
  tookOf,
} from "./model";

const NONE = { a: new Map<string, number>(), b: new Map<string, number>() };

function said(more: Partial<Evidence>): Evidence {
  return {
    seconds: 0,
    frames: [more.seconds ?? 0],
    run: "r",
    recipe: "tagging",
    tag: "car",
    question: "car",
    sample: 0,
    probability: null,
    text: null,
    cut: false,
    unknown: null,
    detail: "",
    shared_from: null,
    model: "m",
    endpoint: "e",
    method: "schema",
    raw: "",
    latency_s: 1,
    tokens_in: 10,
    tokens_out: 2,
    asked_at: "2026-01-01T00:00:00Z",
    distrusted: false,
    ...more,
  };
}

test("answers meet by tag and frame, however the tag was put", () => {
  const pairs = joined(
    [said({ seconds: 1, probability: 0.9, question: "a car" }), said({ seconds: 2 })],
    [said({ seconds: 1, probability: 0.2, question: "any car?" }), said({ seconds: 3 })],
  );
  expect(pairs.map((pair) => [pair.seconds, pair.a !== null, pair.b !== null])).toEqual([
    [1, true, true],
    [2, true, false],
    [3, false, true],
  ]);
});

test("a failure is no answer: it neither agrees nor disagrees", () => {
  const pairs = joined(
    [said({ seconds: 1, probability: 0.9 }), said({ seconds: 2, probability: 0.1 })],
    [said({ seconds: 1, unknown: "failed" }), said({ seconds: 2, probability: 0.2 })],
  );
  const [all] = agreements(pairs, NONE);
  expect(all).toMatchObject({ both: 1, agree: 1, disagree: 0, unknown: 1, onlyA: 0, onlyB: 0 });
  expect(all?.difference).toBeCloseTo(0.1);
});

test("each side is read by its own threshold", () => {
  const pairs = joined([said({ probability: 0.6 })], [said({ probability: 0.6 })]);
  const strict = { a: new Map([["car", 0.7]]), b: new Map([["car", 0.5]]) };
  expect(agreements(pairs, strict)[1]).toMatchObject({ tag: "car", agree: 0, disagree: 1 });
  expect(agreements(pairs, NONE)[1]).toMatchObject({ agree: 1, disagree: 0 });
});

test("repeats count once, by their mean", () => {
  const pairs = joined(
    [said({ probability: 0.8 }), said({ probability: 0.4, sample: 1 })],
    [said({ probability: 0.5 })],
  );
  expect(pairs).toHaveLength(1);
  expect(pairs[0]?.a?.probability).toBeCloseTo(0.6);
});

test("the widest difference comes first, and what is equal is left out", () => {
  const pairs = joined(
    [1, 2, 3].map((seconds) => said({ seconds, probability: 0.5 })),
    [
      said({ seconds: 1, probability: 0.6 }),
      said({ seconds: 2, probability: 1 }),
      said({ seconds: 3, probability: 0.5 }),
    ],
  );
  expect(differences(pairs).map((pair) => pair.seconds)).toEqual([2, 1]);
});

test("texts meet by their question, and are no tags", () => {
  const text = { tag: null, question: "", recipe: "describing", text: "a road" };
  const pairs = joined([said(text)], [said({ ...text, text: "a street" }), said({})]);
  expect(texts(pairs).map((pair) => [pair.a?.text, pair.b?.text])).toEqual([
    ["a road", "a street"],
  ]);
  expect(agreements(pairs, NONE)[0]).toMatchObject({ both: 0, onlyB: 1 });
});

test("the tokens of a call that answered two questions count once", () => {
  const call = { raw: "{both}", tokens_in: 1000, tokens_out: 100, latency_s: 2 };
  const took = tookOf(
    [
      said({ ...call, probability: 1 }),
      said({ ...call, tag: "dog", probability: 0 }),
      said({ ...call, raw: "", shared_from: 3, probability: 1 }),
      said({ ...call, raw: "", unknown: "failed" }),
    ],
    new Map([["e", { in: 1, out: 10 }]]),
  );
  expect(took).toMatchObject({ answers: 3, tokensIn: 1000, tokensOut: 100, latencyS: 2 });
  expect(took.cost).toBeCloseTo(0.002);
});

test("runs are picked by what is asked for, and never one against itself unasked", () => {
  const run = (id: string, created_at: string, asks_done = 1) =>
    ({ id, number: 1, title: id, created_at, progress: { asks_done } }) as never;
  const choices = choicesOf(
    [run("old", "2026-01-01"), run("new", "2026-01-02"), run("none", "2026-01-03", 0)],
    [],
  );
  expect(choices.map((one) => one.id)).toEqual(["new", "old"]);
  const ids = (a?: string, b?: string) => {
    const both = picked(choices, { a, b });
    return [both.a?.id, both.b?.id];
  };
  expect(ids()).toEqual(["new", "old"]);
  expect(ids("old")).toEqual(["old", "new"]);
  expect(ids("gone", "new")).toEqual(["old", "new"]);
  expect(picked(choices.slice(0, 1), { a: undefined, b: undefined }).b).toBeNull();
});
