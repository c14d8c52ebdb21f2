/** What a run was asked for, in plain sentences. */
import type { Schemas } from "@/api/client";
import { cost } from "@/lib/numbers";
import { words } from "@/strings";

type Spec = Schemas["RunSpec"];

const say = words.runs.spec;

export function sentences(spec: Spec): string[] {
  return [
    spec.tags.length ? say.find(spec.tags.map(tagWords).join(", ")) : "",
    spec.describe ? say.describe : "",
    spec.ask ? say.ask(spec.ask) : "",
    frames(spec.sampling),
    spec.precision !== null && spec.precision !== undefined
      ? say.precision(seconds(spec.precision))
      : "",
    spec.doubt ? say.doubt : "",
    spec.repeats > 1 ? say.repeats(spec.repeats) : "",
    spec.longest_side ? say.longestSide(spec.longest_side) : "",
    spec.max_tokens ? say.maxTokens(spec.max_tokens) : "",
    typeof spec.sharing === "boolean" ? say.sharing(spec.sharing) : "",
    spec.endpoints.length ? say.endpoints(spec.endpoints.join(", ")) : "",
    spec.model ? say.model(spec.model) : "",
    spec.egress ? say.egress[spec.egress] : "",
    budget(spec.budget),
  ].filter(Boolean);
}

function tagWords(tag: Spec["tags"][number]): string {
  const name = tag.renamed ?? tag.name;
  return tag.threshold === 0.5 ? name : say.threshold(name, tag.threshold);
}

function frames(of: Spec["sampling"]): string {
  if (of.every !== null && of.every !== undefined) return say.frames.every(seconds(of.every));
  if (of.frames) return say.frames.frames(of.frames);
  if (of.keyframes) return say.frames.keyframes;
  if (of.all_frames) return say.frames.all_frames;
  if (of.scenes) return say.frames.scenes;
  if (of.motion) return say.frames.motion(of.motion);
  if (of.at?.length) return say.frames.at(of.at.map(seconds).join(", "));
  return say.frames.usual;
}

/** As it was written; a bare number is seconds. */
function seconds(value: number | string): string {
  if (/^[\d.]+$/.test(String(value))) return `${value} s`;
  return String(value).replace(/^([\d.]+)(ms|s|m|h)$/, "$1 $2");
}

function budget(of: Spec["budget"]): string {
  const limits = [
    typeof of.calls === "number" ? say.calls(of.calls) : "",
    typeof of.tokens === "number" ? say.tokens(of.tokens) : "",
    typeof of.cost === "number" ? say.cost(cost(of.cost)) : "",
    of.time !== null && of.time !== undefined ? say.time(seconds(of.time)) : "",
  ].filter(Boolean);
  return limits.length ? say.budget(limits.join(", ")) : "";
}
