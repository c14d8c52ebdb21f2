/** A run as it is being put together: what the dialog shows, and what it comes down to. */
import type { Schemas } from "@/api/client";
import { words } from "@/strings";

export type Body = Schemas["RunRequest"];
export type Spec = Schemas["RunSpec"];
type Entry = Schemas["TagEntry-Input"];

/** A tag as typed, or with the settings that it had in another run. */
export type DraftTag = string | Entry;

const POLICIES = [
  "every",
  "frames",
  "keyframes",
  "all_frames",
  "scenes",
  "motion",
  "at",
] as const satisfies readonly (keyof Body["sampling"])[];
/** `usual`: as the settings say. */
export const SAMPLINGS = ["usual", ...POLICIES] as const;
export type SamplingKind = (typeof SAMPLINGS)[number];
export const PASSES = ["fast", "deep", "own"] as const;
export type Pass = (typeof PASSES)[number];
export const REACHES = ["host", "lan", "any"] as const;

export interface Draft {
  tags: DraftTag[];
  tagSet: string | null;
  exclusive: string[];
  describe: boolean;
  ask: string;
  pass: Pass;
  /** Counts when `pass` is `own`. */
  sampling: SamplingKind;
  every: string;
  frames: number;
  motion: number;
  at: string;
  /** Empty: as sampled. */
  precision: string;
  endpoints: string[];
  model: string;
  doubt: boolean;
  repeats: number;
  longestSide: number | null;
  maxTokens: number | null;
  sharing: boolean | null;
  egress: Schemas["Reach"] | null;
  calls: number | null;
  tokens: number | null;
  cost: number | null;
  time: string;
  priority: number;
  /** As `<input type=datetime-local>` has it; empty: now. */
  startAt: string;
  webhook: string;
  title: string;
}

export type Field = keyof Draft;

/** The frames of a fast pass: about what one can look over oneself. */
export const FAST_FRAMES = 50;
export const DEEP_EVERY_S = 1;
export const DEEP_PRECISION = "0.1s";

export const FRESH: Draft = {
  tags: [],
  tagSet: null,
  exclusive: [],
  describe: false,
  ask: "",
  pass: "fast",
  sampling: "every",
  every: "2",
  frames: 50,
  motion: 50,
  at: "",
  precision: "",
  endpoints: [],
  model: "",
  doubt: false,
  repeats: 1,
  longestSide: null,
  maxTokens: null,
  sharing: null,
  egress: null,
  calls: null,
  tokens: null,
  cost: null,
  time: "",
  priority: 100,
  startAt: "",
  webhook: "",
  title: "",
};

/** What is folded away, for telling how much of it is not as usual. */
export const FOLDED: readonly Field[] = [
  "doubt",
  "repeats",
  "longestSide",
  "maxTokens",
  "sharing",
  "egress",
  "calls",
  "tokens",
  "cost",
  "time",
  "priority",
  "startAt",
  "webhook",
  "title",
];

export function changes(draft: Draft): number {
  const folded = FOLDED.filter((field) => draft[field] !== FRESH[field]).length;
  return folded + (draft.pass === "own" ? 1 : 0);
}

export function tagName(tag: DraftTag): string {
  return typeof tag === "string" ? tag : (tag.renamed ?? tag.name);
}

/** Tags by their names; those that had settings keep them. */
export function withTags(draft: Draft, names: readonly string[]): Draft {
  const had = new Map(draft.tags.map((tag) => [tagName(tag), tag]));
  // A field that is left with several names in it has them in one piece.
  const parted = names.flatMap((name) => (had.has(name) ? [name] : name.split(/[,;\n]/)));
  const unique = [...new Set(parted.map((name) => name.trim()).filter(Boolean))];
  return { ...draft, tags: unique.map((name) => had.get(name) ?? name) };
}

/** A pass brings its precision along; one's own is kept with one's own sampling. */
export function withPass(draft: Draft, pass: Pass): Draft {
  const precision =
    pass === "deep" ? draft.precision || DEEP_PRECISION : pass === "fast" ? "" : draft.precision;
  return { ...draft, pass, precision };
}

export function finds(draft: Draft): boolean {
  return draft.tags.length > 0 || draft.tagSet !== null;
}

const NUMBER = String.raw`(?:\d+(?:\.\d*)?|\.\d+)`;
const CLOCK = new RegExp(`^(?:\\d+:)?\\d+:${NUMBER}$`);
const UNITS = new RegExp(
  `^(?:${NUMBER}h)?(?:${NUMBER}m(?:in)?)?(?:${NUMBER}(?:s|$))?(?:${NUMBER}ms)?$`,
  "i",
);

/** As the server reads times: `2s`, `500ms`, `1m30s`, `0.5`, `1:30`, `1:02:03.4`. */
function isDuration(text: string): boolean {
  const word = text.trim();
  return word !== "" && (CLOCK.test(word) || UNITS.test(word));
}

/** What keeps it from being asked for, field by field, in words. */
export function problems(draft: Draft, now = new Date()): Partial<Record<Field, string>> {
  const wrong: Partial<Record<Field, string>> = {};
  if (!finds(draft) && !draft.describe && !draft.ask.trim()) wrong.tags = words.run.wrong.nothing;
  if (draft.pass === "own") {
    if (draft.sampling === "every" && !isDuration(draft.every)) {
      wrong.every = words.run.wrong.duration;
    }
    if (draft.sampling === "at" && !moments(draft.at)) wrong.at = words.run.wrong.moments;
  }
  if (draft.time && !isDuration(draft.time)) wrong.time = words.run.wrong.duration;
  if (draft.startAt && new Date(draft.startAt) < now) wrong.startAt = words.run.wrong.past;
  if (draft.webhook && !/^https?:\/\/./.test(draft.webhook))
    wrong.webhook = words.run.wrong.webhook;
  return wrong;
}

function moments(text: string): string[] | null {
  const all = text
    .split(",")
    .map((one) => one.trim())
    .filter(Boolean);
  return all.length && all.every(isDuration) ? all : null;
}

function samplingOf(draft: Draft): Body["sampling"] {
  const none = { keyframes: false, all_frames: false, scenes: false };
  if (draft.pass === "fast") return { ...none, frames: FAST_FRAMES };
  if (draft.pass === "deep") return { ...none, every: DEEP_EVERY_S };
  switch (draft.sampling) {
    case "usual":
      return none;
    case "every":
      return { ...none, every: draft.every.trim() };
    case "frames":
      return { ...none, frames: draft.frames };
    case "motion":
      return { ...none, motion: draft.motion };
    case "at":
      return { ...none, at: moments(draft.at) ?? [] };
    default:
      return { ...none, [draft.sampling]: true };
  }
}

/** What the server is sent. */
export function bodyOf(draft: Draft, media: readonly string[], again = false): Body {
  return {
    media: [...media],
    paths: [],
    folders: [],
    tags: draft.tags,
    tag_set: draft.tagSet,
    exclusive: draft.exclusive,
    describe: draft.describe,
    ask: draft.ask.trim() || null,
    sampling: samplingOf(draft),
    precision: (finds(draft) && draft.precision) || null,
    doubt: draft.doubt,
    repeats: draft.repeats,
    longest_side: draft.longestSide,
    max_tokens: draft.maxTokens,
    min_tokens: 0,
    sharing: draft.sharing,
    endpoints: draft.endpoints,
    model: draft.model || null,
    egress: draft.egress,
    budget: {
      calls: draft.calls,
      tokens: draft.tokens,
      cost: draft.cost,
      time: draft.time.trim() || null,
    },
    prompts: "1",
    title: draft.title.trim(),
    priority: draft.priority,
    start_at: draft.startAt ? new Date(draft.startAt).toISOString() : null,
    webhook: draft.webhook.trim() || null,
    again,
  };
}

/** The dialog as it would have to be filled in to ask for this again. */
export function draftOf(spec: Spec): Draft {
  const of = spec.sampling;
  const policy = POLICIES.find(
    (kind) => of[kind] !== null && of[kind] !== undefined && of[kind] !== false,
  );
  const fast = of.frames === FAST_FRAMES && !spec.precision;
  const deep = Number(of.every) === DEEP_EVERY_S && Boolean(spec.precision);
  return {
    ...FRESH,
    // Lengths are written as they are read: numbers, and shares as "5%".
    tags: spec.tags.map((tag) => (isPlain(tag) ? tag.name : (tag as Entry))),
    exclusive: spec.exclusive,
    describe: spec.describe,
    ask: spec.ask ?? "",
    pass: fast ? "fast" : deep ? "deep" : "own",
    sampling: policy ?? "usual",
    every: of.every === null || of.every === undefined ? FRESH.every : String(of.every),
    frames: of.frames ?? FRESH.frames,
    motion: of.motion ?? FRESH.motion,
    at: of.at?.join(", ") ?? "",
    precision:
      spec.precision === null || spec.precision === undefined ? "" : String(spec.precision),
    endpoints: spec.endpoints,
    model: spec.model ?? "",
    doubt: spec.doubt,
    repeats: spec.repeats,
    longestSide: spec.longest_side ?? null,
    maxTokens: spec.max_tokens ?? null,
    sharing: spec.sharing ?? null,
    egress: spec.egress ?? null,
    calls: spec.budget.calls ?? null,
    tokens: spec.budget.tokens ?? null,
    cost: spec.budget.cost ?? null,
    time: spec.budget.time ? String(spec.budget.time) : "",
  };
}

function isPlain(tag: Schemas["TagEntry-Output"]): boolean {
  const usual: Partial<Record<keyof typeof tag, unknown>> = {
    threshold: 0.5,
    max_gap: 0,
    min_length: 0,
  };
  return Object.entries(tag).every(([field, value]) => {
    if (field === "name") return true;
    if (Array.isArray(value)) return value.length === 0;
    return value === null || value === usual[field as keyof typeof tag];
  });
}

/** The field that the server's words are about, where they name one. */
export function fieldNamed(message: string): Field | null {
  const named: readonly (readonly [RegExp, Field])[] = [
    [/\bwebhook/i, "webhook"],
    [/\blongest_side\b/, "longestSide"],
    [/\bmax_tokens\b/, "maxTokens"],
    [/\brepeats\b/, "repeats"],
    [/\bprecision\b/, "precision"],
    [/\bbudget\.calls\b|budget of calls/, "calls"],
    [/\bbudget\.tokens\b|budget of tokens/, "tokens"],
    [/\bbudget\.cost\b|budget of cost/, "cost"],
    [/\bbudget\.time\b/, "time"],
    [/\bsampling\.at\b/, "at"],
    [/\bsampling\.every\b/, "every"],
    [/\bpriority\b/, "priority"],
    [/\bstart_at\b/, "startAt"],
    [/\btag_set\b|tag set/, "tagSet"],
    [/\btags\b|\btag\b/, "tags"],
    [/\bendpoints?\b/, "endpoints"],
    [/\bquestion\b|\bask\b/, "ask"],
    [/\btitle\b/, "title"],
  ];
  return named.find(([pattern]) => pattern.test(message))?.[1] ?? null;
}

/** The models that the picked endpoints serve, or all where none is picked. */
export function modelsOf(
  endpoints: readonly Pick<Schemas["EndpointView"], "name" | "model">[],
  picked: readonly string[],
): string[] {
  const asked = endpoints.filter(({ name }) => picked.length === 0 || picked.includes(name));
  return [...new Set(asked.flatMap(({ model }) => model ?? []))];
}
