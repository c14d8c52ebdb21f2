/** Runs on a timeline that rest on answers which are not to be used any more. Pure. */
import type { Schemas } from "@/api/client";
import type { Document } from "@/features/timeline/model";

export interface Distrusted {
  /** The run of the API; null for one of the command line, which nobody can run again from here. */
  run: string | null;
  number: number | null;
  answers: number;
  /** Of these, those that are not to be used. */
  distrusted: number;
}

/** One for each run that rests on any, in the order of the timeline's runs. */
export function distrustedIn(runs: Document["runs"]): Distrusted[] {
  const found = new Map<string, Distrusted>();
  for (const { id, run, number, answers, distrusted } of runs) {
    // A run that looks for tags and describes is two on the timeline.
    const so = found.get(run ?? id) ?? { run, number, answers: 0, distrusted: 0 };
    found.set(run ?? id, {
      ...so,
      answers: so.answers + answers,
      distrusted: so.distrusted + distrusted,
    });
  }
  return [...found.values()].filter(({ distrusted }) => distrusted > 0);
}

/** The same asked for once more, of this media alone. */
export function bodyAgain(spec: Schemas["RunSpec"], media: string): Schemas["RunRequest"] {
  return {
    // Lengths are written as they are read: numbers, and shares as "5%".
    ...(spec as Omit<typeof spec, "tags"> & Pick<Schemas["RunRequest"], "tags">),
    media: [media],
    paths: [],
    folders: [],
    tag_set: null,
    title: "",
    priority: 100,
    start_at: null,
    webhook: null,
    again: false,
  };
}
