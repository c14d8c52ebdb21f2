/** What rows are called. */
import { words } from "@/strings";

import type { Keyed } from "./rows";

export function nameOf(row: Keyed): string {
  const { rows } = words.timeline;
  switch (row.kind) {
    case "signals":
      return rows.signals;
    case "tag":
      return row.track.tag;
    case "texts": {
      const name = row.prompt || rows.texts;
      return row.run ? rows.of(name, rows.run(row.run.number)) : name;
    }
    case "coverage": {
      const recipe = rows.recipes[row.run?.recipe ?? ""] ?? row.run?.recipe ?? rows.signals;
      return rows.coverage(recipe, rows.run(row.run?.number ?? null));
    }
  }
}
