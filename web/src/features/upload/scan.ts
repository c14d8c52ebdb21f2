/** A scan in parts: each adds some files, and the next goes on where the last one ended. */
import type { Schemas } from "@/api/client";

export type Part = Schemas["ScanDocument"];

/** What came of all parts so far. */
export interface Sum {
  added: number;
  known: number;
  failed: number;
  failures: Part["failures"];
  complete: boolean;
}

/**
 * Adds a part to what came before. A later part looks at the whole folder again: what an earlier
 * one added it calls known, and what could not be read it tells once more.
 */
export function summed(before: Sum | null, part: Part): Sum {
  const added = (before?.added ?? 0) + part.added;
  return {
    added,
    known: Math.max(0, part.known - (before?.added ?? 0)),
    failed: part.failed,
    failures: part.failures,
    complete: part.complete,
  };
}
