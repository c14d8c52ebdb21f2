/** How settings are shown and edited, by what the server says that each may be. Pure. */
import { count } from "@/lib/numbers";
import { words } from "@/strings";

import type { Setting } from "./queries";

const said = words.settings;

export type Group = keyof typeof said.groups;

/** Settings of a newer server may be of a group that this page has no name for. */
export function groupOf({ group }: Pick<Setting, "group">): Group {
  return group in said.groups ? (group as Group) : "other";
}

/** Groups in their order, with what they hold; those of endpoints have their own page. */
export function grouped(
  settings: readonly Setting[],
  sought: string,
): { group: Group; settings: Setting[] }[] {
  const fitting = settings.filter(({ group }) => group !== "endpoints").filter(matches(sought));
  return (Object.keys(said.groups) as Group[])
    .map((group) => ({ group, settings: fitting.filter((one) => groupOf(one) === group) }))
    .filter(({ settings: own }) => own.length);
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

/** What each choice of a setting is called. */
export function optionsOf(setting: Setting): { value: string; label: string }[] {
  const named: Readonly<Record<string, Readonly<Record<string, string>>>> = said.choices;
  return setting.choices.map((value) => ({ value, label: named[setting.name]?.[value] ?? value }));
}

export function isNumber({ kind }: Pick<Setting, "kind">): boolean {
  return kind === "integer" || kind === "number" || kind === "duration" || kind === "bytes";
}

/** What its number counts, to stand behind it; empty for a size, which is written with its unit. */
export function unitOf(setting: Setting): string {
  return setting.unit && setting.kind !== "bytes" ? said.units[setting.unit] : "";
}

/** What it may be, in words; empty where all is allowed. */
export function boundsOf(setting: Setting): string {
  const shown = (bound: number) =>
    setting.kind === "bytes" ? bytesText(bound) : [count(bound), unitOf(setting)].join(" ").trim();
  // What no disk holds is no bound worth telling.
  const most = (setting.at_most ?? Infinity) > Number.MAX_SAFE_INTEGER ? null : setting.at_most;
  const { at_least: least, more_than: above } = setting;
  if (least !== null) {
    return most === null
      ? said.bounds.least(shown(least))
      : said.bounds.between(count(least), shown(most));
  }
  if (above !== null) {
    return most === null
      ? said.bounds.above(shown(above))
      : said.bounds.aboveTo(count(above), shown(most));
  }
  return most === null ? "" : said.bounds.most(shown(most));
}

/** Why the server would not take what was typed, as far as its type tells; undefined: it may. */
export function wrongOf(setting: Setting, typed: unknown): string | undefined {
  if (typed === undefined || typed === RESET || typed === "" || !isNumber(setting))
    return undefined;
  if (typeof typed !== "number") {
    return setting.kind === "bytes" ? said.wrongSize : said.wrongNumber;
  }
  const { at_least: least, more_than: above, at_most: most } = setting;
  if (setting.kind === "integer" && !Number.isInteger(typed)) return said.wrongWhole;
  const fits =
    (least === null || typed >= least) &&
    (above === null || typed > above) &&
    (most === null || typed <= most);
  return fits ? undefined : said.wrongBounds(boundsOf(setting));
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
export function shownValue(value: unknown, setting: Setting): string {
  if (value === null || value === undefined || value === "") return said.noDefault;
  if (setting.kind === "choice") {
    return optionsOf(setting).find((one) => one.value === value)?.label ?? textOf(value);
  }
  if (setting.kind === "bytes") return bytesText(Number(value));
  if (typeof value === "number") return [count(value), unitOf(setting)].join(" ").trim();
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
