/** What is said of an endpoint, from what the server tells of it. Pure. */
import type { Schemas } from "@/api/client";
import { count } from "@/lib/numbers";
import { words } from "@/strings";

export type Endpoint = Schemas["EndpointView"];
export type Activity = Schemas["ActivityView"];
export type Second = Schemas["ActivitySecond"];
export type Profile = Schemas["Profile"];
export type Problem = Schemas["ProblemView"];

const said = words.endpoints;

export type Tone = "good" | "quiet" | "warn" | "bad";

/** The state in words; what this server sees of the endpoint just now goes before all else. */
export function stateOf(endpoint: Endpoint, activity?: Activity): { text: string; tone: Tone } {
  if (endpoint.state === "up" && activity?.state === "cooling") {
    const why = reasonOf(activity.why);
    const left = activity.resumes_in_s;
    return {
      tone: "warn",
      text:
        left === null
          ? said.state.coolingOpen(why)
          : said.state.cooling(Math.max(1, Math.ceil(left)), why),
    };
  }
  switch (endpoint.state) {
    case "up":
      return { tone: "good", text: activity?.busy ? said.state.working : said.state.up };
    case "paused":
      return { tone: "quiet", text: said.state.paused };
    case "quarantined":
      return { tone: "bad", text: said.state.quarantined };
    case "barred":
      return { tone: "warn", text: said.state.barred };
    case "down":
      return { tone: "bad", text: said.state.down };
  }
}

/**
 * Why it cools down, as the end of a sentence: ` after 429: too many requests`. Errors begin with
 * the endpoint's name and URL, which the card has in front of them already.
 */
function reasonOf(why: string): string {
  const plain = why.replace(/^\S+ \([^)]*\): /, "").replace(/\.$/, "");
  const [, status, text = ""] = /\((\d{3})\): (.+)$/s.exec(plain) ?? [];
  if (status !== undefined) {
    return said.state.after(`${status}: ${text.charAt(0).toLowerCase()}${text.slice(1)}`);
  }
  return plain ? `: ${plain}` : "";
}

/** Problems that the page does not say already: those whose way out is a button of the card. */
export function problemsOf(endpoint: Endpoint): Problem[] {
  return endpoint.problems.filter(
    ({ way_out }) => !/^sightline endpoints (probe|resume) \S+$/.test(way_out),
  );
}

/** What the probe found, in a few words each. */
export function chipsOf(profile: Profile): string[] {
  const chip = said.profile;
  const chips = [
    profile.pictures ? chip.pictures(profile.pictures) : chip.blind,
    ...(profile.logprobs ? [chip.likely] : []),
    ...orderOf(profile),
    formOf(profile),
    chip.parallel(profile.parallel),
    ...(profile.tags_per_call > 1 ? [chip.tags(profile.tags_per_call)] : []),
    ...(profile.longest_side ? [chip.side(profile.longest_side)] : []),
    ...(profile.context_tokens ? [chip.context(count(profile.context_tokens))] : []),
    ...(profile.answers_per_s > 0 ? [chip.rate(rate(profile.answers_per_s))] : []),
    chip.right(profile.canaries_right, profile.canaries_asked),
  ];
  return chips;
}

function orderOf(profile: Profile): string[] {
  if (profile.overflow === "reordered") return [said.profile.reordered];
  if (profile.overflow === "dropped") return [said.profile.dropped];
  return profile.pictures > 1 ? [said.profile.orderKept] : [];
}

function formOf(profile: Profile): string {
  if (profile.schema === "honoured") return said.profile.schema;
  return profile.json_object ? said.profile.json : said.profile.text;
}

function rate(perSecond: number): string {
  return perSecond >= 10 ? count(Math.round(perSecond)) : perSecond.toFixed(1);
}

/** Seconds of one call as `0.42 s`, `3.1 s`, `85 s`. */
export function latency(seconds: number): string {
  if (seconds < 1) return `${seconds.toFixed(2)} s`;
  return seconds < 10 ? `${seconds.toFixed(1)} s` : `${Math.round(seconds)} s`;
}

/** `3 not reached, 1 reply not readable`; empty when nothing failed. */
export function failuresOf(failures: Readonly<Record<string, number>>): string {
  const names: Readonly<Record<string, string>> = said.failures;
  return Object.entries(failures)
    .filter(([, times]) => times > 0)
    .sort(([, a], [, b]) => b - a)
    .map(([kind, times]) => said.failedOf(count(times), names[kind] ?? kind))
    .join(", ");
}

/** What is drawn of the last minute: columns of 0 to 1, and points of latency of 0 to 1. */
export interface Strip {
  columns: readonly { busy: number; failed: boolean }[];
  /** Runs of seconds with a latency; each a list of [second, 0 to 1]. */
  lines: readonly (readonly [number, number])[][];
  most_s: number;
  mean: number;
  failed: number;
  idle: boolean;
}

export const SECONDS = 60;

export function stripOf(seconds: readonly Second[]): Strip {
  const last = seconds.slice(-SECONDS);
  const empty = Array.from({ length: SECONDS - last.length }, () => ({ busy: 0, failed: false }));
  const columns = [
    ...empty,
    ...last.map(({ busy, failed }) => ({
      busy: Math.min(1, Math.max(0, busy)),
      failed: failed > 0,
    })),
  ];
  const known = last.map((one) => one.latency_s).filter((one) => one !== null);
  const most_s = scaleOf(Math.max(0, ...known));
  const lines: (readonly [number, number])[][] = [];
  let open: (readonly [number, number])[] | null = null;
  last.forEach(({ latency_s }, place) => {
    if (latency_s === null) return;
    const at = place + empty.length;
    const previous = open?.at(-1);
    // A gap of a few seconds is no call ending, not an unknown latency.
    if (!open || !previous || at - previous[0] > 5) {
      open = [];
      lines.push(open);
    }
    open.push([at, most_s ? latency_s / most_s : 0]);
  });
  return {
    columns,
    lines,
    most_s,
    mean: columns.reduce((sum, { busy }) => sum + busy, 0) / SECONDS,
    failed: last.reduce((sum, { failed }) => sum + failed, 0),
    idle: last.every(({ busy, calls }) => busy === 0 && calls === 0),
  };
}

/** The top of the scale: 1, 2 or 5 with zeros, so that it seldom changes. */
export function scaleOf(most: number): number {
  if (most <= 0) return 0;
  const power = 10 ** Math.floor(Math.log10(most));
  const step = [1, 2, 5, 10].find((one) => most <= one * power * 1.000001) ?? 10;
  return step * power;
}

/** `desk`, or `desk-2` when that is taken. */
export function freeName(wanted: string, taken: readonly string[]): string {
  const plain =
    wanted
      .toLowerCase()
      .replace(/[^a-z0-9.-]+/g, "-")
      .replace(/^[.-]+|[.-]+$/g, "") || "endpoint";
  if (!taken.includes(plain)) return plain;
  let number = 2;
  while (taken.includes(`${plain}-${number}`)) number += 1;
  return `${plain}-${number}`;
}

/** A name for what is at a URL, from its host. */
export function nameOf(url: string, taken: readonly string[]): string {
  let host = "";
  try {
    host = new URL(url).hostname;
  } catch {
    return "";
  }
  if (!host) return "";
  const isAddress = /^[\d.]+$|^\[/.test(host);
  if (host === "localhost" || host.startsWith("127.")) return freeName("local", taken);
  const parts = host.split(".");
  const own = parts.length > 2 && /^(api|www)$/.test(parts[0] ?? "") ? parts[1] : parts[0];
  return freeName(isAddress ? `host-${host.replace(/[[\]:.]+/g, "-")}` : (own ?? host), taken);
}

/** The kind that the server would take it for, as it decides that itself. */
export function kindOf(url: string): "openai" | "ollama" | "anthropic" {
  try {
    const { hostname, port, pathname } = new URL(url);
    if (hostname === "api.anthropic.com") return "anthropic";
    if (port === "11434" && !pathname.replaceAll("/", "")) return "ollama";
  } catch {
    // Not a URL yet.
  }
  return "openai";
}

/** Whether a URL looks like somebody's cloud; the server decides by the address itself. */
export function looksFar(url: string): boolean {
  try {
    const { hostname } = new URL(url);
    const isAddress = /^[\d.]+$|^\[/.test(hostname);
    return !isAddress && hostname.includes(".") && !/\.(local|lan|home|internal)$/.test(hostname);
  } catch {
    return false;
  }
}

/** Whether two URLs lead to the same server. */
export function sameServer(one: string | null, other: string | null): boolean {
  return one !== null && other !== null && siteOf(one) !== null && siteOf(one) === siteOf(other);
}

/** The names of the models that may see, of all that a server offers. */
export function offered(models: readonly Schemas["ModelDocument"][] = []): string[] {
  return [...new Set(models.filter(({ vision }) => vision !== false).map(({ name }) => name))];
}

/** Scheme, host and port: what a key is bound to. */
export function siteOf(url: string): string | null {
  try {
    const { protocol, hostname, port } = new URL(url);
    const host = hostname === "localhost" || hostname === "[::1]" ? "127.0.0.1" : hostname;
    return `${protocol}//${host}:${port}`;
  } catch {
    return null;
  }
}
