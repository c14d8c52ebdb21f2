import { expect, it } from "vitest";

import { frameUrl } from "./pictures";

it("names the same moment alike, and never one before the first", () => {
  expect(frameUrl("m", 1, 160)).toBe("/api/v1/media/m/frame.jpg?t=1&width=160");
  expect(frameUrl("m", 0.1 + 0.2, 160)).toBe(frameUrl("m", 0.3, 160));
  expect(frameUrl("m", -0.01, 160)).toBe("/api/v1/media/m/frame.jpg?t=0&width=160");
});

it("leads nowhere else, whatever the name", () => {
  expect(frameUrl("../runs?x=", 0, 160)).toMatch(/^\/api\/v1\/media\/[^/?]+\/frame\.jpg\?t=0/);
});
