/** Runs as the page keeps them: moved on by events, and told together. */
import type { Schemas } from "@/api/client";
import type { RunEvent } from "@/api/live";

export type Run = Schemas["RunView"];
export type RunState = Schemas["JobState"];

export const STATES = [
  "running",
  "queued",
  "paused",
  "complete",
  "partial",
  "failed",
  "cancelled",
] as const satisfies readonly RunState[];

const GOING_ON: ReadonlySet<string> = new Set(["queued", "running"]);
const ENDED: ReadonlySet<string> = new Set(["complete", "partial", "failed", "cancelled"]);

export function goesOn(run: Pick<Run, "state">): boolean {
  return GOING_ON.has(run.state);
}

export function hasEnded(run: Pick<Run, "state">): boolean {
  return ENDED.has(run.state);
}

export function stateOf(text: string): RunState | null {
  return STATES.find((state) => state === text) ?? null;
}

const STAGES = ["waiting", "reading", "measuring", "asking", "ended"] as const;

/** The run as an event tells it; what events do not tell stays. */
export function moved<R extends Run>(run: R, event: RunEvent): R {
  if (event.run !== run.id) return run;
  const { progress } = run;
  return {
    ...run,
    state: stateOf(event.state) ?? run.state,
    wish: event.wish,
    progress: {
      ...progress,
      stage: STAGES.find((stage) => stage === event.stage) ?? progress.stage,
      fraction: event.fraction,
      current: event.current,
      current_fraction: event.current_fraction,
      members: event.members,
      members_done: event.members_done,
      asks_done: event.asks_done,
      asks_planned: event.asks_planned,
      frames_covered: event.frames_covered,
      frames_planned: event.frames_planned,
      failed: event.failed,
      calls: event.calls,
      cost: event.cost,
      rate: event.rate,
      eta_s: event.eta_s,
    },
  };
}

/** What all runs that go on are at, together. */
export interface Sum {
  runs: number;
  running: number;
  videos: number;
  videosDone: number;
  /** 0 to 1, with the parts done of the videos that are begun. */
  videosShare: number;
  frames: number;
  framesDone: number;
  failed: number;
  calls: number;
  cost: number;
  /** Answers a second; null while nobody knows. */
  rate: number | null;
  /** Until the last of those that are running has ended; null while one of them does not tell. */
  etaS: number | null;
  /** What is being worked on. */
  now: readonly { run: string; title: string; share: number | null }[];
}

export function sumOf(runs: readonly Run[]): Sum {
  const on = runs.filter(goesOn);
  const running = on.filter((run) => run.state === "running");
  const add = (of: (progress: Run["progress"]) => number) =>
    on.reduce((sum, run) => sum + of(run.progress), 0);
  const rates = running.map((run) => run.progress.rate ?? null);
  const known = rates.filter((rate) => rate !== null);
  const etas = running.map((run) => run.progress.eta_s ?? null);
  const videos = on.reduce((sum, run) => sum + run.members, 0);
  return {
    runs: on.length,
    running: running.length,
    videos,
    videosDone: add((progress) => progress.members_done),
    videosShare:
      on.reduce((sum, run) => sum + run.progress.fraction * run.members, 0) / Math.max(1, videos),
    frames: add((progress) => progress.frames_planned),
    framesDone: add((progress) => progress.frames_covered),
    failed: add((progress) => progress.failed),
    calls: add((progress) => progress.calls),
    cost: add((progress) => progress.cost),
    rate: known.length ? known.reduce((sum, rate) => sum + rate, 0) : null,
    etaS: etas.length && etas.every((eta) => eta !== null) ? Math.max(...etas) : null,
    now: running
      .filter((run) => run.progress.current)
      .map(({ id, progress }) => ({
        run: id,
        title: progress.current,
        share: progress.current_fraction ?? null,
      })),
  };
}

/** Seconds that it took, or has taken so far; null before it began. */
export function tookS(run: Run, now = Date.now()): number | null {
  if (!run.started_at) return null;
  const end = run.ended_at ? Date.parse(run.ended_at) : now;
  return Math.max(0, (end - Date.parse(run.started_at)) / 1000);
}

/** When it may start, while that is to come. */
export function waitsUntil(run: Run, now = Date.now()): string | null {
  const waits = run.state === "queued" && run.start_after && Date.parse(run.start_after) > now;
  return waits ? (run.start_after ?? null) : null;
}

export type Action = "pause" | "resume" | "cancel" | "retry" | "front";

/** What a person may do with it as it is, the likeliest first. */
export function actionsOf(run: Pick<Run, "state" | "wish">): Action[] {
  if (run.wish) return run.wish === "pause" ? ["cancel"] : [];
  switch (run.state) {
    case "queued":
      return ["front", "pause", "cancel"];
    case "running":
      return ["pause", "cancel"];
    case "paused":
      return ["resume", "cancel"];
    case "partial":
    case "failed":
    case "cancelled":
      return ["retry"];
    default:
      return [];
  }
}

/** How it will look once the server has heard: shown until the server says. */
export function hoped<R extends Run>(run: R, action: Action): R {
  switch (action) {
    case "pause":
      return run.state === "running" ? { ...run, wish: "pause" } : { ...run, state: "paused" };
    case "cancel":
      return run.state === "running" ? { ...run, wish: "cancel" } : { ...run, state: "cancelled" };
    case "resume":
    case "retry":
      return { ...run, state: "queued", wish: null, note: "", ended_at: null };
    case "front":
      return { ...run, priority: 1 };
  }
}
