import { expect, test } from "vitest";

import { bytes, cost, counted, percent } from "./numbers";
import { sentence } from "./text";

test("counts have their noun", () => {
  expect(counted(1, "call")).toBe("1 call");
  expect(counted(1234, "call")).toBe("1,234 calls");
  expect(counted(0, "query", "queries")).toBe("0 queries");
});

test("a share is whole only when it is", () => {
  expect(percent(0.999)).toBe("99 %");
  expect(percent(1)).toBe("100 %");
  expect(percent(1.2)).toBe("100 %");
});

test("sizes and costs are short", () => {
  expect(bytes(999)).toBe("999 B");
  expect(bytes(1_500_000)).toBe("1.5 MB");
  expect(cost(0)).toBe("no cost");
  expect(cost(0.004)).toBe("under 0.01");
});

test("what is said begins with a capital letter", () => {
  expect(sentence("no endpoint is there.")).toBe("No endpoint is there.");
  expect(sentence("")).toBe("");
});
