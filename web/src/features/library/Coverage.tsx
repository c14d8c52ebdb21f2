import { percent } from "@/lib/numbers";
import { words } from "@/strings";
import { CoverageBar } from "@/ui/CoverageBar";

import type { Item } from "./filter";

/** How much of a media was asked; how far its run is while one goes on. */
export function Coverage({ item }: { item: Item }) {
  const { coverage, state, fraction } = item.standing ?? {};
  const said = words.library.card;
  const { asked, shared, unknown } = coverage ?? { asked: 0, shared: 0, unknown: 0 };
  const running = state === "running" && fraction !== null && fraction !== undefined;
  const told = coverage
    ? said.coverage(percent(asked), percent(shared), percent(unknown))
    : said.notAsked;
  return (
    <CoverageBar
      asked={asked}
      shared={shared}
      unknown={unknown}
      {...(running ? { fraction } : {})}
      label={running ? said.running : told}
    />
  );
}
