import { describe, expect, it } from "vitest";

import {
  boundsOf,
  bytesOf,
  bytesText,
  drafted,
  grouped,
  lockOf,
  patchOf,
  RESET,
  shownValue,
  wrongOf,
} from "./model";
import type { Setting } from "./queries";

function setting(name: string, given: Partial<Setting> = {}): Setting {
  return {
    name,
    path: name.split("."),
    value: null,
    default: null,
    origin: "default",
    place: "",
    fixed: "",
    secret: false,
    kind: "text",
    optional: true,
    unit: null,
    at_least: null,
    more_than: null,
    at_most: null,
    choices: [],
    group: "other",
    description: "",
    ...given,
  };
}

describe("what a setting may be", () => {
  const whole = setting("jobs.at_once", { kind: "integer", at_least: 1, at_most: 1000 });
  const share = setting("hedge", { kind: "number", at_least: 0, at_most: 1 });
  const time = setting("every_s", { kind: "duration", unit: "s", more_than: 0 });
  const days = setting("jobs.keep_days", {
    kind: "duration",
    unit: "days",
    more_than: 0,
    at_most: 36_525,
  });
  const size = setting("server.upload_max_bytes", {
    kind: "bytes",
    unit: "bytes",
    at_least: 1024,
    at_most: 2 ** 63,
  });

  it("is said in words", () => {
    expect(boundsOf(whole)).toBe("1 to 1,000");
    expect(boundsOf(time)).toBe("more than 0 s");
    expect(boundsOf(days)).toBe("more than 0, up to 36,525 days");
    expect(boundsOf(size)).toBe("1 KiB or more");
    expect(boundsOf(setting("endpoint"))).toBe("");
  });

  it("is held against what is typed", () => {
    expect(wrongOf(whole, 1)).toBeUndefined();
    expect(wrongOf(whole, 0)).toBe("It must be 1 to 1,000.");
    expect(wrongOf(whole, 1001)).toBeDefined();
    expect(wrongOf(whole, 1.5)).toBe("A whole number is needed.");
    expect(wrongOf(share, 0.5)).toBeUndefined();
    expect(wrongOf(time, 0)).toBe("It must be more than 0 s.");
    expect(wrongOf(size, "1 many")).toContain("2 GB");
    for (const unsaid of [undefined, "", RESET]) expect(wrongOf(whole, unsaid)).toBeUndefined();
    expect(wrongOf(setting("endpoint"), "desk")).toBeUndefined();
  });
});

describe("sizes", () => {
  it("are read in tens and in twos", () => {
    expect(bytesOf("2.5 GB")).toBe(2_500_000_000);
    expect(bytesOf("10 GiB")).toBe(10 * 1024 ** 3);
    expect(bytesOf("1,000")).toBe(1000);
    expect(bytesOf("many")).toBeNull();
  });

  it("read back as they are written", () => {
    for (const size of [10 * 1024 ** 3, 2_000_000_000, 1000, 1537]) {
      expect(bytesOf(bytesText(size))).toBe(size);
    }
    expect(bytesText(10 * 1024 ** 3)).toBe("10 GiB");
  });
});

describe("what was changed and not saved", () => {
  const atOnce = setting("jobs.at_once", { value: 4, default: 4 });
  const hosts = setting("server.hosts", { value: ["a"], default: [] });
  const key = setting("api_key", { value: "********", secret: true });

  it("is no change when it is again as it was", () => {
    const once = drafted(new Map(), atOnce, 5);
    expect(once.size).toBe(1);
    expect(drafted(once, atOnce, 4).size).toBe(0);
    expect(drafted(new Map(), hosts, ["a"]).size).toBe(0);
    expect(drafted(drafted(new Map(), key, "k"), key, "").size).toBe(0);
  });

  it("is sent as a merge patch with the changes alone", () => {
    const all = [atOnce, hosts, setting("jobs.keep_days", { value: 3 })];
    const draft = new Map<string, unknown>([
      ["jobs.at_once", 5],
      ["jobs.keep_days", ""],
      ["server.hosts", RESET],
    ]);
    expect(patchOf(draft, all)).toEqual({
      jobs: { at_once: 5, keep_days: null },
      server: { hosts: null },
    });
  });
});

it("finds settings by their words, and leaves those of endpoints to their page", () => {
  const all = [
    setting("endpoints.desk.url", { group: "endpoints" }),
    setting("jobs.at_once", {
      group: "jobs",
      description: "Runs that one worker does at the same time.",
    }),
    setting("every_s", { group: "looking" }),
    setting("novel", { group: "a newer server's" as Setting["group"] }),
  ];
  expect(grouped(all, "").map(({ group }) => group)).toEqual(["looking", "jobs", "other"]);
  expect(grouped(all, "worker runs").flatMap(({ settings }) => settings)).toEqual([all[1]]);
  expect(grouped(all, "desk")).toEqual([]);
});

it("says which place fixes a setting", () => {
  const place = "SIGHTLINE_JOBS__AT_ONCE in the environment";
  const fixed = `${place} decides jobs.at_once: change it there.`;
  expect(lockOf(setting("jobs.at_once", { origin: "environment", place, fixed }))).toBe(
    `Fixed by ${place}`,
  );
  expect(lockOf(setting("data_dir", { fixed: "is not kept in the database" }))).toBe(
    "Set before the server starts",
  );
  expect(lockOf(setting("every_s"))).toBe("");
});

it("shows values as one reads them", () => {
  const egress = setting("egress", { kind: "choice", choices: ["host", "lan", "galaxy"] });
  expect(shownValue("lan", egress)).toBe("This network");
  expect(shownValue("galaxy", egress)).toBe("galaxy");
  expect(shownValue(null, setting("endpoint"))).toBe("not set");
  expect(shownValue([], setting("server.hosts", { kind: "list" }))).toBe("not set");
  expect(shownValue(900, setting("deadline_s", { kind: "duration", unit: "s" }))).toBe("900 s");
  expect(shownValue(2048, setting("cache", { kind: "bytes", unit: "bytes" }))).toBe("2 KiB");
});
