import { expect, test } from "vitest";

import { ago, duration, timecode } from "./time";

test.each([
  [0, 1, "0:00.0"],
  [12.4, 1, "0:12.4"],
  [12.3, 1, "0:12.3"],
  [59.96, 1, "0:59.9"],
  [3723.45, 1, "1:02:03.4"],
  [3723.456, 3, "1:02:03.456"],
  [61, 0, "1:01"],
  [-1, 1, "0:00.0"],
])("%d with %d digits is %s", (seconds, digits, text) => {
  expect(timecode(seconds, digits)).toBe(text);
});

test.each([
  [0.4, "under 1 s"],
  [8, "8 s"],
  [89.4, "89 s"],
  [120, "2 min"],
  [3 * 3600, "3 h"],
  [3 * 3600 + 600, "3 h 10 min"],
])("%d s last %s", (seconds, text) => {
  expect(duration(seconds)).toBe(text);
});

test("how long ago is told in words", () => {
  const now = Date.parse("2026-11-21T12:00:00Z");
  expect(ago("2026-11-21T11:59:50Z", now)).toBe("just now");
  expect(ago("2026-11-21T11:58:00Z", now)).toBe("2 min ago");
  expect(ago("2026-11-21T09:00:00Z", now)).toBe("3 h ago");
  expect(ago("2026-11-21T12:00:30Z", now)).toBe("just now");
});
