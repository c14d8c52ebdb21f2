import { expect, it } from "vitest";

import { NO_MARKS, setIn, setOut, stretch } from "./marks";

it("goes from in to out", () => {
  expect(stretch(setOut(setIn(NO_MARKS, 2), 5), 30, 60)).toEqual([2, 5]);
});

it("takes the playhead for the one that is missing", () => {
  expect(stretch(setIn(NO_MARKS, 2), 7, 60)).toEqual([2, 7]);
  expect(stretch(setOut(NO_MARKS, 9), 7, 60)).toEqual([7, 9]);
  expect(stretch(NO_MARKS, 7, 60)).toEqual([7, 8]);
});

it("has always a length, inside the media", () => {
  expect(stretch(setIn(NO_MARKS, 2), 2, 60)).toEqual([2, 3]);
  expect(stretch(NO_MARKS, 60, 60)).toEqual([59, 60]);
  expect(stretch(NO_MARKS, 0.3, 0.4)).toEqual([0.3, 0.4]);
  expect(stretch(setIn(NO_MARKS, 9), 3, 60)).toEqual([9, 10]);
});

it("forgets a mark that another one has overtaken", () => {
  expect(setIn(setOut(NO_MARKS, 3), 5)).toEqual({ in: 5, out: null });
  expect(setOut(setIn(NO_MARKS, 5), 3)).toEqual({ in: null, out: 3 });
});
