import { expect, it } from "vitest";

import { stepsOf } from "./steps";

const NOTHING = { endpoints: 0, withoutModel: false, media: 0, runs: 0 };

it("begins with a model", () => {
  expect(stepsOf(NOTHING)).toEqual({ model: "now", media: "later", run: "later" });
});

it("takes going on without a model for an answer", () => {
  expect(stepsOf({ ...NOTHING, withoutModel: true }).media).toBe("now");
});

it("keeps what is done, in whatever order it was done", () => {
  expect(stepsOf({ ...NOTHING, media: 2 })).toEqual({ model: "now", media: "done", run: "later" });
  expect(stepsOf({ endpoints: 1, withoutModel: false, media: 1, runs: 1 })).toEqual({
    model: "done",
    media: "done",
    run: "done",
  });
});
