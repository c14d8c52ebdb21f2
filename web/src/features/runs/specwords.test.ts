import { expect, test } from "vitest";

import { sentences } from "./specwords";

const PLAIN = {
  tags: [],
  exclusive: [],
  describe: false,
  sampling: { keyframes: false, all_frames: false, scenes: false },
  doubt: false,
  repeats: 1,
  min_tokens: 0,
  endpoints: [],
  budget: {},
  prompts: "1" as const,
};
const tag = { positive: [], negative: [], threshold: 0.5, max_gap: 0, min_length: 0 };

test("only what is not as usual is said", () => {
  expect(sentences({ ...PLAIN, describe: true })).toEqual([
    "Describe what is seen.",
    "Frames as the settings say.",
  ]);
});

test("what was asked, in plain sentences", () => {
  const said = sentences({
    ...PLAIN,
    tags: [
      { ...tag, name: "car" },
      { ...tag, name: "automobile", renamed: "auto", threshold: 0.8 },
    ],
    sampling: { ...PLAIN.sampling, every: "500ms" },
    precision: "frame",
    sharing: false,
    egress: "host",
    budget: { calls: 0, time: 90 },
  });
  expect(said).toEqual([
    "Find car, auto from 0.8.",
    "One frame every 500 ms.",
    "Edges to the frame.",
    "Frames that look alike are each asked.",
    "Pictures stay on this machine.",
    "At most 0 calls, 90 s of asking for each video.",
  ]);
});
