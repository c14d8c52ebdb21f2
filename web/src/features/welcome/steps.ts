/** How far the first steps are, from what the server has. Pure. */

export type StepName = "model" | "media" | "run";
export type StepState = "done" | "now" | "later";

export interface Known {
  endpoints: number;
  withoutModel: boolean;
  media: number;
  runs: number;
}

export const STEPS: readonly StepName[] = ["model", "media", "run"];

/** The first step that is not done is the one to take now. */
export function stepsOf(known: Known): Record<StepName, StepState> {
  const done: Record<StepName, boolean> = {
    model: known.endpoints > 0 || known.withoutModel,
    media: known.media > 0,
    run: known.runs > 0,
  };
  const now = STEPS.find((step) => !done[step]);
  const state = (step: StepName): StepState =>
    done[step] ? "done" : step === now ? "now" : "later";
  return { model: state("model"), media: state("media"), run: state("run") };
}

const KEPT = "sightline.without-model";

/** Whether the reader has chosen to go on without a model. */
export function isWithoutModel(): boolean {
  try {
    return localStorage.getItem(KEPT) !== null;
  } catch {
    return false; // the browser keeps nothing for us
  }
}

export function keepWithoutModel(): void {
  try {
    localStorage.setItem(KEPT, "1");
  } catch {
    // It is asked again then.
  }
}
