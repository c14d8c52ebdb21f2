import { Tabs } from "@mantine/core";
import type { RefObject } from "react";

import type { Spec } from "@/features/rundialog/draft";
import { words } from "@/strings";

import { AskPanel } from "./AskPanel";
import { EvidencePanel } from "./EvidencePanel";
import media from "./Media.module.css";
import type { Moment, MomentFilter } from "./moments";
import { MomentsPanel } from "./MomentsPanel";
import { NowPanel } from "./NowPanel";
import styles from "./Panel.module.css";
import { RunsPanel } from "./RunsPanel";

const said = words.media.tabs;

const PARTS = ["moments", "ask", "evidence", "runs"] as const;
export type Part = (typeof PARTS)[number];

function isPart(value: string | null): value is Part {
  return PARTS.some((part) => part === value);
}

/** What is known in words: of now, and by moments, questions, evidence and runs. */
export function Panel(props: {
  part: Part;
  onPart: (part: Part) => void;
  all: readonly Moment[];
  shown: readonly Moment[];
  filter: MomentFilter;
  onFilter: (filter: MomentFilter) => void;
  search: RefObject<HTMLInputElement | null>;
  onAgain: (spec: Spec) => void;
}) {
  return (
    <aside className={`${styles.panel} ${media.panelBox}`} aria-label={said.label}>
      <NowPanel />
      <Tabs
        className={styles.tabs}
        value={props.part}
        onChange={(part) => isPart(part) && props.onPart(part)}
      >
        <Tabs.List>
          {PARTS.map((part) => (
            <Tabs.Tab key={part} value={part} size="sm">
              {said[part]}
            </Tabs.Tab>
          ))}
        </Tabs.List>
        <Tabs.Panel value="moments" className={styles.tab}>
          <MomentsPanel
            all={props.all}
            shown={props.shown}
            filter={props.filter}
            onFilter={props.onFilter}
            search={props.search}
          />
        </Tabs.Panel>
        <Tabs.Panel value="ask" className={styles.tab}>
          <AskPanel />
        </Tabs.Panel>
        <Tabs.Panel value="evidence" className={styles.tab}>
          {props.part === "evidence" ? <EvidencePanel /> : null}
        </Tabs.Panel>
        <Tabs.Panel value="runs" className={styles.tab}>
          {props.part === "runs" ? <RunsPanel onAgain={props.onAgain} /> : null}
        </Tabs.Panel>
      </Tabs>
    </aside>
  );
}
