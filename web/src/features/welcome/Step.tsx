import { Button, Group } from "@mantine/core";
import { IconCheck } from "@tabler/icons-react";
import { type ReactNode, useState } from "react";

import { words } from "@/strings";

import type { StepState } from "./steps";
import styles from "./Step.module.css";

const said = words.welcome;

/** One step: what it came to when it is done, else how to take it. */
export function Step(props: {
  place: number;
  title: string;
  state: StepState;
  /** What it came to. */
  outcome: ReactNode;
  children: ReactNode;
}) {
  const { place, title, state } = props;
  const [again, setAgain] = useState(false);
  const open = state !== "done" || again;
  const id = `step-${place}`;
  return (
    <li
      className={styles.step}
      data-state={state}
      aria-current={state === "now" ? "step" : undefined}
    >
      <span className={styles.mark} aria-hidden>
        {state === "done" ? <IconCheck size={16} /> : place}
      </span>
      <section className={styles.body} aria-labelledby={id}>
        <Group justify="space-between" gap="xs" wrap="nowrap" align="flex-start">
          <h2 id={id}>
            {title} <span className={styles.state}>{said.state[state]}</span>
          </h2>
          {state === "done" ? (
            <Button
              size="compact-sm"
              variant="default"
              aria-expanded={again}
              aria-label={`${again ? said.fold : said.change}: ${title}`}
              onClick={() => setAgain(!again)}
            >
              {again ? said.fold : said.change}
            </Button>
          ) : null}
        </Group>
        {state === "done" ? <div className={styles.outcome}>{props.outcome}</div> : null}
        {open ? <div className={styles.content}>{props.children}</div> : null}
      </section>
    </li>
  );
}
