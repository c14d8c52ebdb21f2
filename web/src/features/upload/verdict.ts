/** What an answer to a part of an upload means: to be tried again, or to be given up. */
import { words } from "@/strings";

export type Verdict =
  | { kind: "again" }
  /** `gone`: the server has kept nothing of it. */
  | { kind: "refused"; why: string; gone: boolean };

/** Of no use to try again: the disk, or the quota, is full. */
const FULL = 507;
/** The file was read, and deleted since it is no media. */
const NO_MEDIA = 422;
const BUSY: ReadonlySet<number> = new Set([408, 409, 423, 425, 429]);
/** A server that goes on failing is believed after so many tries. */
const MOST_FAULTS = 6;

/** `status` is null where there was no answer; `tries` counts those in a row that brought nothing. */
export function verdict(status: number | null, body: string, tries: number): Verdict {
  if (!status) return { kind: "again" };
  if (BUSY.has(status)) return { kind: "again" };
  if (status >= 500 && status !== FULL && tries < MOST_FAULTS) return { kind: "again" };
  if (status === 401) return { kind: "refused", why: words.upload.refused.login, gone: false };
  const why = detailOf(body) ?? words.upload.refused.status(status);
  return { kind: "refused", why, gone: status === NO_MEDIA };
}

function detailOf(body: string): string | null {
  try {
    const problem = JSON.parse(body) as { detail?: unknown } | null;
    return typeof problem?.detail === "string" ? problem.detail : null;
  } catch {
    return null;
  }
}

/** Milliseconds to wait before the next try, after so many in vain. */
export function patience(tries: number): number {
  return Math.min(10_000, 1000 * 1.6 ** tries);
}
