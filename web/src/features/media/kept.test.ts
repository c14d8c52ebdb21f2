import { expect, it } from "vitest";

import { keepPlace, keptPlace } from "./kept";

function storage(begun?: string) {
  const kept = new Map(begun === undefined ? [] : [["sightline-places", begun]]);
  return {
    getItem: (name: string) => kept.get(name) ?? null,
    setItem: (name: string, value: string) => void kept.set(name, value),
  };
}

const at = (seconds: number) => ({ seconds, span: { tag: "car", start: seconds } });

it("keeps a place for each step, the last fifty", () => {
  const kept = storage();
  for (let step = 0; step < 60; step += 1) keepPlace(kept, `${step} film`, at(step));
  keepPlace(kept, "20 film", at(7.25));
  expect(keptPlace(kept, "20 film")).toEqual(at(7.25));
  expect(keptPlace(kept, "59 film")).toEqual(at(59));
  expect(keptPlace(kept, "59 other")).toBeNull();
  expect(keptPlace(kept, "3 film")).toBeNull();
});

it("begins anew where what was kept cannot be read, or nothing can be", () => {
  expect(keptPlace(storage("{"), "1 film")).toBeNull();
  expect(keptPlace(storage("{}"), "1 film")).toBeNull();
  const full = {
    getItem: () => null,
    setItem: () => {
      throw new Error("QuotaExceededError");
    },
  };
  expect(() => keepPlace(full, "1 film", at(1))).not.toThrow();
});
