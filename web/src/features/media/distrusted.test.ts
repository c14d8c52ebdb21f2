import { describe, expect, it } from "vitest";

import type { Document } from "@/features/timeline/model";

import { bodyAgain, distrustedIn } from "./distrusted";

type Run = Document["runs"][number];

function run(id: string, of: string | null, answers: number, distrusted: number): Run {
  return {
    id,
    run: of,
    number: of === null ? null : Number(of.slice(1)),
    recipe: "tagging",
    state: "complete",
    note: "",
    models: [],
    endpoints: [],
    began_at: "2026-11-21T12:00:00Z",
    ended_at: null,
    frames_sampled: 0,
    asks_done: answers,
    asks_planned: answers,
    answers,
    distrusted,
  };
}

describe("runs that rest on distrusted answers", () => {
  it("are told once each, with all that they rest on", () => {
    const runs = [run("a", "j2", 100, 3), run("b", "j2", 20, 0), run("c", "j1", 50, 0)];
    expect(distrustedIn(runs)).toEqual([{ run: "j2", number: 2, answers: 120, distrusted: 3 }]);
  });

  it("are none where all is trusted", () => {
    expect(distrustedIn([run("a", "j1", 9, 0)])).toEqual([]);
    expect(distrustedIn([])).toEqual([]);
  });

  it("may be of the command line, each its own", () => {
    const runs = [run("a", null, 5, 5), run("b", null, 4, 1)];
    expect(distrustedIn(runs).map((one) => [one.run, one.distrusted])).toEqual([
      [null, 5],
      [null, 1],
    ]);
  });
});

it("asks for the same again, of one media", () => {
  const spec = { tags: [{ name: "car" }], describe: true, repeats: 3 };
  const body = bodyAgain(spec as never, "m1");
  expect(body).toMatchObject({ ...spec, media: ["m1"], paths: [], folders: [], again: false });
});
