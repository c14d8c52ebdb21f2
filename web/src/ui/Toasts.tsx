import { Button, CloseButton, Group, Text } from "@mantine/core";
import { type FocusEvent, type PointerEvent, useEffect, useRef, useSyncExternalStore } from "react";

import { words } from "@/strings";

import { type Toast, toasts } from "./toast";
import styles from "./Toasts.module.css";
import { useUndoKey } from "./useUndoKey";

export function Toasts() {
  const shown = useSyncExternalStore(
    (changed) => toasts.watch(changed),
    () => toasts.shown,
  );
  const { list, ...heard } = useHeld(shown);
  useUndoKey();
  return (
    <div ref={list} className={styles.list} role="status" aria-live="polite" {...heard}>
      {/* The newest on top: what comes moves none that is being read or reached for. */}
      {shown.toReversed().map((toast) => (
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
              onClick={() => toasts.act(toast)}
              {...(toast.action.undoes
                ? { title: words.common.undoKey, "aria-keyshortcuts": "Control+Z Meta+Z" }
                : {})}
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

/**
 * Nothing leaves while the pointer is over one or the focus within: there is time to read and to
 * reach it (WCAG 2.2.1). Where the focus goes with what it was on, it goes back where it was.
 */
function useHeld(shown: readonly Toast[]) {
  const list = useRef<HTMLDivElement>(null);
  const over = useRef(false);
  const before = useRef<HTMLElement | null>(null);
  const within = useRef(false);
  const sync = () => toasts.hold(over.current || within.current);

  // What was under the pointer or had the focus may have gone, which no event tells of.
  useEffect(() => {
    over.current &&= list.current?.matches(":hover") ?? false;
    if (within.current && !list.current?.contains(document.activeElement)) {
      within.current = false;
      if (document.activeElement === document.body && before.current?.isConnected) {
        before.current.focus({ preventScroll: true });
      }
    }
    toasts.hold(over.current || within.current);
  }, [shown]);

  return {
    list,
    onPointerEnter: (event: PointerEvent) => {
      // A finger is not over anything once it has let go.
      over.current = event.pointerType === "mouse";
      sync();
    },
    onPointerLeave: () => {
      over.current = false;
      sync();
    },
    onFocus: (event: FocusEvent) => {
      if (!within.current && event.relatedTarget instanceof HTMLElement) {
        before.current = event.relatedTarget;
      }
      within.current = true;
      sync();
    },
    onBlur: (event: FocusEvent) => {
      within.current = list.current?.contains(event.relatedTarget) ?? false;
      sync();
    },
  };
}
