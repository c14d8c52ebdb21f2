import { Button, CloseButton, Group, Text } from "@mantine/core";
import { useSyncExternalStore } from "react";

import { words } from "@/strings";

import { toasts } from "./toast";
import styles from "./Toasts.module.css";

export function Toasts() {
  const shown = useSyncExternalStore(
    (changed) => toasts.watch(changed),
    () => toasts.shown,
  );
  return (
    <div className={styles.list} role="status" aria-live="polite">
      {shown.map((toast) => (
        <Group
          key={toast.id}
          className={styles.toast}
          data-kind={toast.kind}
          wrap="nowrap"
          gap="sm"
        >
          <Text size="sm" style={{ whiteSpace: "pre-line" }}>
            {toast.text}
          </Text>
          {toast.action ? (
            <Button
              size="compact-xs"
              variant="default"
              onClick={() => {
                toast.action?.run();
                toasts.remove(toast.id);
              }}
            >
              {toast.action.label}
            </Button>
          ) : null}
          <CloseButton
            size="sm"
            aria-label={words.common.close}
            onClick={() => toasts.remove(toast.id)}
          />
        </Group>
      ))}
    </div>
  );
}
