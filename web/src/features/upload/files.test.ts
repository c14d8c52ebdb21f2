import { expect, it } from "vitest";

import { isMedia } from "./files";

it("knows media by the type or by the ending", () => {
  expect(isMedia({ name: "a", type: "video/mp4" })).toBe(true);
  expect(isMedia({ name: "A.MKV", type: "" })).toBe(true);
  expect(isMedia({ name: "notes.txt", type: "text/plain" })).toBe(false);
  expect(isMedia({ name: ".mp4", type: "" })).toBe(false);
  expect(isMedia({ name: "Makefile", type: "" })).toBe(false);
});
