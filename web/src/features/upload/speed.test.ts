import { expect, it } from "vitest";

import { Speed } from "./speed";

it("tells nothing before it can", () => {
  const speed = new Speed();
  expect(speed.value).toBeNull();
  speed.add(0, 0);
  speed.add(1000, 100);
  expect(speed.value).toBeNull();
});

it("follows the last seconds and forgets what was before a break", () => {
  const speed = new Speed();
  for (let second = 0; second <= 10; second += 1) speed.add(second * 100, second * 1000);
  for (let second = 11; second <= 20; second += 1) {
    speed.add(1000 + (second - 10) * 500, second * 1000);
  }
  expect(speed.value).toBe(500);
  speed.restart();
  expect(speed.value).toBeNull();
});
