/** The frame of every page: the rail, one line when the server is away, and the content. */
import { Outlet, useRouterState } from "@tanstack/react-router";
import { type RefObject, Suspense, useEffect, useRef } from "react";

import { useConnection } from "@/api/LiveProvider";
import { later } from "@/api/parts";
import { Rail } from "@/app/Rail";
import { words } from "@/strings";
import { Toasts } from "@/ui/Toasts";
import { useFocusBack } from "@/ui/useFocusBack";

import styles from "./Shell.module.css";

const UploadHost = later(() => import("@/features/upload/UploadHost"));

export function Shell() {
  const connection = useConnection();
  const content = useRef<HTMLElement>(null);
  useFocusKept(content);
  useFocusBack();
  return (
    <div className={styles.shell}>
      <a className={styles.skip} href="#content">
        {words.app.rail.skip}
      </a>
      <Rail />
      <main
        ref={content}
        id="content"
        className={styles.content}
        tabIndex={-1}
        data-scroll-restoration-id="content"
      >
        {connection === "offline" ? (
          <div className={styles.offline} role="status">
            {words.app.offline}
          </div>
        ) : null}
        <Outlet />
      </main>
      <Suspense fallback={null}>
        <UploadHost />
      </Suspense>
      <Toasts />
    </div>
  );
}

/**
 * Where what had the focus went with the page before, as the link that led here may have, the page
 * has it: else the next Tab would begin at the top of the rail.
 */
function useFocusKept(content: RefObject<HTMLElement | null>): void {
  const path = useRouterState({ select: ({ resolvedLocation }) => resolvedLocation?.pathname });
  const was = useRef(path);
  useEffect(() => {
    const moved = was.current !== undefined && was.current !== path;
    was.current = path;
    if (moved && document.activeElement === document.body) {
      content.current?.focus({ preventScroll: true });
    }
  }, [path, content]);
}
