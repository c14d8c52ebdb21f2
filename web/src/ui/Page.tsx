import { Group, Title } from "@mantine/core";
import { type ReactNode, useEffect } from "react";

import { words } from "@/strings";

import styles from "./Page.module.css";

/** A page with its name, what can be done on it, and its content. */
export function Page(props: { title: string; actions?: ReactNode; children: ReactNode }) {
  useTitle(props.title);
  return (
    <div className={styles.page}>
      <Group justify="space-between" wrap="wrap" gap="sm" mb="md">
        <Title order={1} size="h3">
          {props.title}
        </Title>
        {props.actions ? <Group gap="xs">{props.actions}</Group> : null}
      </Group>
      {props.children}
    </div>
  );
}

/** What the browser's tab says. */
export function useTitle(title: string): void {
  useEffect(() => {
    document.title = title ? `${title} · ${words.app.name}` : words.app.name;
  }, [title]);
}
