import { describe, expect, it } from "vitest";

import {
  bytesOf,
  bytesText,
  drafted,
  editorOf,
  grouped,
  lockOf,
  patchOf,
  RESET,
  shownValue,
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
    description: "",
    ...given,
  };
}

describe("editors", () => {
  it.each([
    [setting("sharing", { value: true, default: true }), "switch"],
    [setting("every_s", { value: 2, default: 2 }), "number"],
    [setting("jobs.keep_days"), "number"],
    [setting("jobs.at_once_everywhere"), "number"],
    [setting("server.origins", { value: [], default: [] }), "list"],
    [setting("egress", { value: "lan", default: "lan" }), "choice"],
    [setting("api_key", { secret: true }), "secret"],
    [setting("endpoint"), "text"],
  ] as const)("of %o", (one, kind) => {
    expect(editorOf(one).kind).toBe(kind);
  });

  it("edits sizes as sizes", () => {
    expect(editorOf(setting("server.upload_max_bytes"))).toEqual({
      kind: "number",
      unit: "bytes",
      optional: true,
    });
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
    setting("endpoints.desk.url"),
    setting("jobs.at_once", { description: "Runs that one worker does at the same time." }),
    setting("every_s"),
  ];
  expect(grouped(all, "").map(({ group }) => group)).toEqual(["looking", "jobs"]);
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
  const egress = setting("egress", { value: "lan", default: "lan" });
  expect(shownValue("lan", editorOf(egress))).toBe("This network");
  expect(shownValue(null, { kind: "text" })).toBe("not set");
  expect(shownValue([], { kind: "list" })).toBe("not set");
  expect(shownValue(2, { kind: "number", unit: null, optional: false })).toBe("2");
});
