import { expect, it } from "vitest";

import { type Part, summed } from "./scan";

const part = (of: Partial<Part>): Part => ({
  added: 0,
  known: 0,
  failed: 0,
  failures: [],
  complete: false,
  ...of,
});

it("does not call known what an earlier part added", () => {
  const first = summed(null, part({ added: 2, known: 3 }));
  const second = summed(first, part({ added: 1, known: 5, failed: 1, complete: true }));
  expect(second).toEqual({ added: 3, known: 3, failed: 1, failures: [], complete: true });
});
