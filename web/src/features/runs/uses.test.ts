import { expect, test } from "vitest";

import type { Schemas } from "@/api/client";

import { reasonsOf, usesOf } from "./uses";

type Told = Schemas["sightline__exports__result__UseDocument"];

function result(...uses: Partial<Told>[]) {
  const usual = {
    endpoint: "desk",
    model: "m",
    calls: 1,
    answered: 1,
    retries: 0,
    hedges: 0,
    failures: {},
    tokens_in: 10,
    tokens_out: 1,
    cost: 0,
    latency_p50: null,
    latency_p95: null,
    utilisation: null,
  };
  return { runs: [{ uses: uses.map((use) => ({ ...usual, ...use })) }] } as never;
}

test("uses of one endpoint are summed over videos, the busiest endpoint first", () => {
  const uses = usesOf([
    result({ calls: 1, latency_p50: 4, failures: { BadReply: 1 } }),
    null,
    result({ calls: 3, latency_p50: 2, failures: { BadReply: 2 } }, { endpoint: "lap", calls: 12 }),
  ]);
  expect(uses.map((use) => [use.endpoint, use.calls, use.share])).toEqual([
    ["lap", 12, 0.75],
    ["desk", 4, 0.25],
  ]);
  expect(uses[0]?.p50S).toBeNull();
  expect(uses[1]).toMatchObject({ p50S: 2.5, failures: { BadReply: 3 }, tokensIn: 20 });
});

test("failures are told by what happened, where, and what to do; kinds not known as well", () => {
  const reasons = reasonsOf(
    usesOf([result({ failures: { EndpointDown: 3, Gremlins: 1 }, endpoint: "laptop" })]),
  );
  expect(reasons[0]?.what).toMatch(/^3 calls failed: laptop refused the connection/);
  expect(reasons[0]?.way).not.toBe("");
  expect(reasons[1]?.what).toBe("1 call failed at laptop.");
});
