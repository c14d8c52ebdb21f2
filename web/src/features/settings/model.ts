/** How settings are shown and edited: in which group, with which kind of editor. Pure. */
import { words } from "@/strings";

import type { Setting } from "./queries";

const said = words.settings;

export type Group = keyof typeof said.groups;

const GROUPS: Readonly<
  Record<Exclude<Group, "server" | "jobs" | "webhooks" | "other">, readonly string[]>
> = {
  models: [
    "egress",
    "endpoint",
    "api_key",
    "discover",
    "tags_per_call",
    "attempts",
    "patience_s",
    "deadline_s",
    "hedge",
  ],
  looking: ["default_tags", "every_s", "longest_side", "sharing", "alike_within", "alike_audit"],
  decoding: ["decoder_memory_mb", "decoder_stall_s"],
  library: ["data_dir", "database_url"],
};

export function groupOf({ path }: Pick<Setting, "path">): Group {
  const [first = ""] = path;
  if (path.length > 1) {
    return first === "server" || first === "jobs" || first === "webhooks" ? first : "other";
  }
  const named = Object.entries(GROUPS).find(([, names]) => names.includes(first));
  return named ? (named[0] as Group) : "other";
}

/** Groups in their order, with what they hold; those of endpoints have their own page. */
export function grouped(
  settings: readonly Setting[],
  sought: string,
): { group: Group; settings: Setting[] }[] {
  const fitting = settings.filter(({ path }) => path[0] !== "endpoints").filter(matches(sought));
  return (Object.keys(said.groups) as Group[])
    .map((group) => ({ group, settings: ordered(group, fitting) }))
    .filter(({ settings: own }) => own.length);
}

function ordered(group: Group, settings: readonly Setting[]): Setting[] {
  const own = settings.filter((one) => groupOf(one) === group);
  const order: readonly string[] = group in GROUPS ? GROUPS[group as keyof typeof GROUPS] : [];
  return own.sort((one, other) => order.indexOf(one.name) - order.indexOf(other.name));
}

function matches(sought: string): (setting: Setting) => boolean {
  const parts = sought.toLowerCase().split(/\s+/).filter(Boolean);
  return ({ name, description }) => {
    const text = `${name} ${titleOf(name)} ${description}`.toLowerCase();
    return parts.every((part) => text.includes(part));
  };
}

export function titleOf(name: string): string {
  const titles: Readonly<Record<string, string>> = said.titles;
  return titles[name] ?? name;
}

export type Editor =
  | { kind: "switch" }
  | { kind: "number"; unit: "bytes" | null; optional: boolean }
  | { kind: "text" }
  | { kind: "secret" }
  | { kind: "list" }
  | { kind: "choice"; options: { value: string; label: string }[] };

/** By the type of its value; where nothing is set, by its name. */
export function editorOf(setting: Pick<Setting, "name" | "value" | "default" | "secret">): Editor {
  const { name, value, default: usual, secret } = setting;
  if (secret) return { kind: "secret" };
  const choices: Readonly<Record<string, Readonly<Record<string, string>>>> = said.choices;
  const choice = choices[name];
  if (choice) {
    const options = Object.entries(choice).map(([one, label]) => ({ value: one, label }));
    return { kind: "choice", options };
  }
  const sample = value ?? usual;
  if (typeof sample === "boolean") return { kind: "switch" };
  if (Array.isArray(sample)) return { kind: "list" };
  const optional = usual === null;
  if (typeof sample === "number" || /(_bytes|_days|_s|_mb|_everywhere)$/.test(name)) {
    return { kind: "number", unit: name.endsWith("_bytes") ? "bytes" : null, optional };
  }
  return { kind: "text" };
}

/** What a person has changed and not saved, by the names of settings. `RESET`: back to default. */
export type Draft = ReadonlyMap<string, unknown>;

export const RESET = Symbol("back to what the other places say");

/** A JSON merge patch with the changes alone. */
export function patchOf(draft: Draft, settings: readonly Setting[]): Record<string, unknown> {
  const patch: Record<string, unknown> = {};
  for (const [name, value] of draft) {
    const path = settings.find((one) => one.name === name)?.path;
    if (!path) continue;
    let place = patch;
    for (const step of path.slice(0, -1)) {
      place[step] ??= {};
      place = place[step] as Record<string, unknown>;
    }
    place[path.at(-1) ?? name] = value === RESET || value === "" ? null : value;
  }
  return patch;
}

/** The draft with one more change; what is again as it was is no change. */
export function drafted(draft: Draft, setting: Setting, value: unknown): Draft {
  const next = new Map(draft);
  const was = setting.secret ? "" : setting.value;
  const same = JSON.stringify(value ?? "") === JSON.stringify(was ?? "");
  if (value !== RESET && same) next.delete(setting.name);
  else next.set(setting.name, value);
  return next;
}

/** A value as one reads it. */
export function shownValue(value: unknown, editor: Editor): string {
  if (value === null || value === undefined || value === "") return said.noDefault;
  if (editor.kind === "choice") {
    return editor.options.find((one) => one.value === value)?.label ?? textOf(value);
  }
  if (editor.kind === "number" && editor.unit === "bytes") return bytesText(Number(value));
  if (typeof value === "boolean") return value ? said.on : said.off;
  if (Array.isArray(value)) return value.length ? value.join(", ") : said.noDefault;
  return textOf(value);
}

function textOf(value: unknown): string {
  return typeof value === "string" ? value : JSON.stringify(value);
}

/** Where a setting comes from, in a few words; empty for a default. */
export function originOf(setting: Setting): string {
  switch (setting.origin) {
    case "default":
      return "";
    case "alias":
      return said.origin.alias;
    case "database":
      return said.origin.database;
    default:
      return said.origin.file(setting.place);
  }
}

/** Why it is locked: the place's name, or that the server has begun with it. Empty when it is not. */
export function lockOf(setting: Setting): string {
  if (!setting.fixed) return "";
  const outside = ["environment", ".env", "command line"].includes(setting.origin);
  return outside ? said.fixed(setting.place) : said.fixedAtStart;
}

/** Sizes are edited as GB, MB or plain bytes: `2.5 GB` is 2,500,000,000. */
export function bytesOf(text: string): number | null {
  const [, number, unit = ""] = /^([\d.,]+)\s*([kmgt]?i?b?)$/i.exec(text.trim()) ?? [];
  if (number === undefined) return null;
  const value = Number(number.replaceAll(",", ""));
  if (!Number.isFinite(value)) return null;
  const power = ["", "k", "m", "g", "t"].indexOf(unit.toLowerCase().replace(/i?b$/, ""));
  if (power < 0) return null;
  return Math.round(value * (/i/i.test(unit) ? 1024 : 1000) ** power);
}

/** The shortest text that reads back as exactly so many bytes. */
export function bytesText(bytes: number): string {
  for (const [base, names] of [
    [1024, ["TiB", "GiB", "MiB", "KiB"]],
    [1000, ["TB", "GB", "MB", "kB"]],
  ] as const) {
    for (const [place, name] of names.entries()) {
      const unit = base ** (4 - place);
      if (bytes >= unit && bytes % unit === 0) return `${bytes / unit} ${name}`;
    }
  }
  return String(bytes);
}
