import { expect, test } from "vitest";

import { FRESH } from "./draft";
import { readDraft, writtenDraft } from "./memory";

test("what was asked for last is there again, but not what belonged to that run alone", () => {
  const asked = {
    ...FRESH,
    tags: ["car"],
    pass: "deep" as const,
    precision: "frame",
    calls: 10,
    ask: "why?",
    title: "Tuesday",
    startAt: "2026-05-01T12:00",
    priority: 1,
  };
  expect(readDraft(writtenDraft(asked))).toEqual({
    ...FRESH,
    tags: ["car"],
    pass: "deep",
    precision: "frame",
    calls: 10,
  });
});

test.each([null, "", "{", "[]", "7", '"car"', "null"])("%s counts as nothing", (text) => {
  expect(readDraft(text)).toEqual(FRESH);
});

test("each field that is not good is as usual, and the others are kept", () => {
  const kept = {
    tags: [{ name: "car" }],
    pass: "slow",
    repeats: 0,
    calls: -1,
    sharing: "yes",
    egress: "lan",
    describe: true,
    strange: 1,
  };
  expect(readDraft(JSON.stringify(kept))).toEqual({ ...FRESH, egress: "lan", describe: true });
});
