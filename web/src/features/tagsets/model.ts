/** A tag set as it is edited, and as it is sent. Pure. */
import type { Schemas } from "@/api/client";

export type TagSet = Schemas["TagSetDocument"];
export type Entry = Schemas["TagEntry-Output"];

/** One tag in the form: everything as it was typed. */
export interface TagDraft {
  /** Of this form alone: tags have no identity but their place. */
  key: number;
  name: string;
  asks: "description" | "question";
  wording: string;
  positive: string;
  negative: string;
  renamed: string;
  category: string;
  threshold: number | "";
  image_threshold: number | "";
  max_gap: string;
  min_length: string;
  required_length: string;
}

export interface SetDraft {
  name: string;
  tags: TagDraft[];
  exclusive: string[];
}

const key = { last: 0 };

export function blankTag(name = ""): TagDraft {
  key.last += 1;
  return {
    key: key.last,
    name,
    asks: "description",
    wording: "",
    positive: "",
    negative: "",
    renamed: "",
    category: "",
    threshold: 0.5,
    image_threshold: "",
    max_gap: "",
    min_length: "",
    required_length: "",
  };
}

export function draftOf(set: TagSet): SetDraft {
  return {
    name: set.name,
    tags: set.set.tags.map((entry) => ({
      ...blankTag(entry.name),
      asks: entry.question ? "question" : "description",
      wording: entry.question ?? entry.description ?? "",
      positive: entry.positive.join("\n"),
      negative: entry.negative.join("\n"),
      renamed: entry.renamed ?? "",
      category: entry.category ?? "",
      threshold: entry.threshold,
      image_threshold: entry.image_threshold ?? "",
      max_gap: lengthText(entry.max_gap),
      min_length: lengthText(entry.min_length),
      required_length: entry.required_length == null ? "" : lengthText(entry.required_length, true),
    })),
    exclusive: [...set.set.exclusive],
  };
}

/** Seconds as `6s`, shares and `off` as they are; nothing for the default, which is 0. */
export function lengthText(length: number | string, zeroCounts = false): string {
  if (typeof length === "string") return length;
  return length === 0 && !zeroCounts ? "" : `${length}s`;
}

/** What is sent: what was left empty is left out, so that the server's defaults count. */
export function documentOf(draft: SetDraft): Schemas["TagSetFile-Input"] {
  const categories = categoriesOf(draft);
  const document = {
    tags: draft.tags.map((tag) => ({
      name: tag.name,
      ...given({
        [tag.asks]: tag.wording.trim(),
        renamed: tag.renamed.trim(),
        category: tag.category.trim(),
        threshold: tag.threshold,
        image_threshold: tag.image_threshold,
        max_gap: tag.max_gap.trim(),
        min_length: tag.min_length.trim(),
        required_length: tag.required_length.trim(),
      }),
      positive: lines(tag.positive),
      negative: lines(tag.negative),
    })),
    exclusive: draft.exclusive.filter((category) => categories.includes(category)),
  };
  // The generated type knows lengths as numbers alone; the server reads "6s" and "5%" as well.
  return document as unknown as Schemas["TagSetFile-Input"];
}

function given(values: Record<string, string | number>): Record<string, string | number> {
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== ""));
}

function lines(text: string): string[] {
  return text
    .split("\n")
    .map((line) => line.trim())
    .filter(Boolean);
}

export function categoriesOf(draft: SetDraft): string[] {
  return [...new Set(draft.tags.map(({ category }) => category.trim()).filter(Boolean))].sort();
}

/** Whether two drafts would be sent alike. */
export function sameDraft(one: SetDraft, other: SetDraft): boolean {
  const sent = (draft: SetDraft) => JSON.stringify([draft.name.trim(), documentOf(draft)]);
  return sent(one) === sent(other);
}

/** Names typed with commas or line ends between; those that are there already are left out. */
export function namesIn(text: string, there: readonly string[]): string[] {
  const seen = new Set(there.map((name) => name.toLowerCase()));
  return text
    .split(/[,\n]/)
    .map((name) => name.trim())
    .filter((name) => {
      const known = seen.has(name.toLowerCase());
      seen.add(name.toLowerCase());
      return name !== "" && !known;
    });
}

/** A tag moved by so many places. */
export function moved<T>(list: readonly T[], from: number, by: number): T[] {
  const next = [...list];
  const [one] = next.splice(from, 1);
  if (one !== undefined) next.splice(Math.max(0, from + by), 0, one);
  return next;
}

export interface FieldProblem {
  field: string;
  message: string;
}

/** What is wrong with a set, by its fields; `other` is about none of them. */
export interface Wrong {
  /** By the place of the tag and its field: `3.threshold`. */
  tags: ReadonlyMap<string, string>;
  exclusive: string;
  other: readonly string[];
}

/** The server names fields as `body.tags.3.threshold`, with the branch of a union behind it. */
export function wrongOf(problems: readonly FieldProblem[]): Wrong {
  const tags = new Map<string, string>();
  const other: string[] = [];
  let exclusive = "";
  for (const { field, message } of problems) {
    const [, place, of] = /^body\.tags\.(\d+)(?:\.(\w+))?/.exec(field) ?? [];
    if (place !== undefined) {
      const at = of === undefined ? `${place}.name` : `${place}.${fieldOf(of)}`;
      if (!tags.has(at)) tags.set(at, message);
    } else if (field.startsWith("body.exclusive")) exclusive = message;
    else other.push(message);
  }
  return { tags, exclusive, other };
}

function fieldOf(field: string): string {
  return field === "description" || field === "question" ? "wording" : field;
}

export const NOTHING_WRONG: Wrong = { tags: new Map(), exclusive: "", other: [] };

/** A file's name without its end, as a name for a set. */
export function nameOfFile(file: string): string {
  const stem = file.replace(/\.[^.]*$/, "");
  return (
    stem
      .replace(/[^\p{L}\p{N} .()+_-]/gu, " ")
      .replace(/^[^\p{L}\p{N}]+/u, "")
      .trim() || "tags"
  );
}
