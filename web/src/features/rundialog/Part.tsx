/** One part of the sentence: a button that opens what it can be. */
import { Popover, UnstyledButton } from "@mantine/core";
import type { ReactNode } from "react";

import styles from "./RunDialog.module.css";

export type PartName = "find" | "media" | "pass" | "precision" | "endpoints";

export function Part(props: {
  name: PartName;
  label: string;
  shown: string;
  open: PartName | null;
  onOpen: (part: PartName | null) => void;
  wrong?: boolean;
  width?: number;
  children: ReactNode;
}) {
  const opened = props.open === props.name;
  return (
    <Popover
      opened={opened}
      onChange={(now) => props.onOpen(now ? props.name : null)}
      width={props.width ?? 320}
      position="bottom-start"
      shadow="md"
      trapFocus
      returnFocus
      withRoles
    >
      <Popover.Target>
        <UnstyledButton
          className={styles.part}
          data-wrong={props.wrong ?? false}
          {...(props.name === "find" ? { "data-autofocus": true } : {})}
          aria-label={`${props.label}: ${props.shown}`}
          onClick={() => props.onOpen(opened ? null : props.name)}
        >
          {props.shown}
        </UnstyledButton>
      </Popover.Target>
      <Popover.Dropdown aria-label={props.label}>{props.children}</Popover.Dropdown>
    </Popover>
  );
}
