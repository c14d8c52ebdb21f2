import { expect, it } from "vitest";

import { unfinishedIn } from "./unfinished";

const now = Date.parse("2026-01-02T12:00:00Z");
const kept = (of: object) =>
  JSON.stringify({
    size: 10,
    uploadUrl: "/api/v1/uploads/1",
    creationTime: "2026-01-02T11:00:00Z",
    metadata: { filename: "clip.mp4" },
    ...of,
  });

it("tells what can be gone on with", () => {
  expect(unfinishedIn([["tus::a", kept({})]], now)).toEqual([
    { key: "tus::a", url: "/api/v1/uploads/1", name: "clip.mp4", size: 10 },
  ]);
});

it("leaves out what expired, what is broken, and what is not of uploads", () => {
  const others: [string, string][] = [
    ["tus::old", kept({ creationTime: "2026-01-01T11:00:00Z" })],
    ["tus::undated", kept({ creationTime: undefined })],
    ["tus::nowhere", kept({ uploadUrl: null })],
    ["tus::broken", "{"],
    ["sightline-view", "grid"],
  ];
  expect(unfinishedIn(others, now)).toEqual([]);
});
