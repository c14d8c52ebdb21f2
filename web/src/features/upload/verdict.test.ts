import { expect, it } from "vitest";

import { patience, verdict } from "./verdict";

const problem = JSON.stringify({ detail: "clip.txt holds no picture." });

it("goes on after a lost connection, however often", () => {
  expect(verdict(null, "", 1000).kind).toBe("again");
  expect(verdict(0, "", 1).kind).toBe("again");
});

it("gives the server's words where it refuses", () => {
  expect(verdict(422, problem, 1)).toEqual({
    kind: "refused",
    why: "clip.txt holds no picture.",
    gone: true,
  });
  expect(verdict(507, problem, 1)).toMatchObject({ kind: "refused", gone: false });
});

it("names the status where there are no words", () => {
  expect(verdict(418, "<html>", 1)).toMatchObject({
    why: expect.stringContaining("418") as string,
  });
});

it("believes a server that goes on failing", () => {
  expect(verdict(503, problem, 1).kind).toBe("again");
  expect(verdict(500, problem, 6).kind).toBe("refused");
});

it("waits longer each time and never long", () => {
  expect(patience(0)).toBe(1000);
  expect(patience(2)).toBeGreaterThan(patience(1));
  expect(patience(50)).toBe(10_000);
});
