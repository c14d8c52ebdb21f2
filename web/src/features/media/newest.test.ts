import { expect, it } from "vitest";

import { Newest } from "./newest";

const settled = async () => {
  for (let turns = 0; turns < 10; turns += 1) await Promise.resolve();
};

function probe() {
  const calls: { wanted: number; end: (value: string) => void; fail: (e: Error) => void }[] = [];
  const brought: string[] = [];
  const failures: unknown[] = [];
  const newest = new Newest<number, string>(
    (wanted) =>
      new Promise((end, fail) => {
        calls.push({ wanted, end, fail });
      }),
    (value) => brought.push(value),
    (error) => failures.push(error),
  );
  return { newest, calls, brought, failures };
}

it("has one call under way, and then asks for the newest only", async () => {
  const { newest, calls, brought } = probe();
  [1, 2, 3].forEach((n) => newest.ask(n));
  expect(calls.map((one) => one.wanted)).toEqual([1]);
  calls[0]?.end("one");
  await settled();
  expect(calls.map((one) => one.wanted)).toEqual([1, 3]);
  calls[1]?.end("three");
  await settled();
  expect(brought).toEqual(["one", "three"]);
});

it("forgets what was dropped, and goes on after a failure", async () => {
  const { newest, calls, brought, failures } = probe();
  newest.ask(1);
  newest.drop();
  newest.ask(2);
  calls[0]?.end("late");
  await settled();
  calls[1]?.fail(new Error("no"));
  await settled();
  newest.ask(3);
  calls[2]?.end("three");
  await settled();
  expect(brought).toEqual(["three"]);
  expect(failures).toHaveLength(1);
});
