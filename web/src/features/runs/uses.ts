/** What was asked of which endpoint, over all videos and recipes of a run. */
import type { Schemas } from "@/api/client";
import { words } from "@/strings";

type Told = Schemas["sightline__exports__result__UseDocument"];
type Result = Pick<Schemas["Result"], "runs">;

export interface Use {
  endpoint: string;
  model: string;
  calls: number;
  /** Of the calls of all, 0 to 1. */
  share: number;
  answered: number;
  retries: number;
  failures: Readonly<Record<string, number>>;
  tokensIn: number;
  tokensOut: number;
  cost: number;
  /** Mean of the medians, weighted by calls; null before the first good reply. */
  p50S: number | null;
  /** Likewise. */
  utilisation: number | null;
}

/** The busiest first. */
export function usesOf(results: readonly (Result | null)[]): Use[] {
  const told = results.flatMap((result) => result?.runs.flatMap((run) => run.uses) ?? []);
  const groups = new Map<string, Told[]>();
  for (const use of told) {
    const key = `${use.endpoint}\n${use.model}`;
    groups.set(key, [...(groups.get(key) ?? []), use]);
  }
  const all = told.reduce((sum, use) => sum + use.calls, 0);
  return [...groups.values()]
    .map((group) => together(group, all))
    .sort((one, other) => other.calls - one.calls);
}

function together(group: readonly Told[], all: number): Use {
  const sum = (of: (use: Told) => number) => group.reduce((total, use) => total + of(use), 0);
  const failures: Record<string, number> = {};
  for (const use of group) {
    for (const [kind, calls] of Object.entries(use.failures)) {
      failures[kind] = (failures[kind] ?? 0) + calls;
    }
  }
  const calls = sum((use) => use.calls);
  return {
    endpoint: group[0]?.endpoint ?? "",
    model: group[0]?.model ?? "",
    calls,
    share: all ? calls / all : 0,
    answered: sum((use) => use.answered),
    retries: sum((use) => use.retries),
    failures,
    tokensIn: sum((use) => use.tokens_in),
    tokensOut: sum((use) => use.tokens_out),
    cost: sum((use) => use.cost),
    p50S: weighted(group, (use) => use.latency_p50),
    utilisation: weighted(group, (use) => use.utilisation),
  };
}

function weighted(group: readonly Told[], of: (use: Told) => number | null): number | null {
  let [total, weight] = [0, 0];
  for (const use of group) {
    const value = of(use);
    if (value === null) continue;
    total += value * use.calls;
    weight += use.calls;
  }
  return weight ? total / weight : null;
}

/** One kind of failure at one endpoint: what happened, and what to do. */
export interface Reason {
  key: string;
  what: string;
  way: string;
  calls: number;
}

export function reasonsOf(uses: readonly Use[]): Reason[] {
  const kinds: Readonly<Record<string, (typeof words.runs.kinds)["other"] | undefined>> = words.runs
    .kinds as never;
  return uses
    .flatMap((use) =>
      Object.entries(use.failures).map(([kind, calls]) => {
        const said = kinds[kind] ?? words.runs.kinds.other;
        const key = `${use.endpoint} ${use.model} ${kind}`;
        return { key, what: said.what(calls, use.endpoint), way: said.way, calls };
      }),
    )
    .sort((one, other) => other.calls - one.calls);
}
