/** The frame of every page: the rail, one line when the server is away, and the content. */
import { Outlet } from "@tanstack/react-router";
import { lazy, Suspense } from "react";

import { useConnection } from "@/api/LiveProvider";
import { Rail } from "@/app/Rail";
import { words } from "@/strings";
import { Toasts } from "@/ui/Toasts";

import styles from "./Shell.module.css";

const UploadHost = lazy(() => import("@/features/upload/UploadHost"));

export function Shell() {
  const connection = useConnection();
  return (
    <div className={styles.shell}>
      <a className={styles.skip} href="#content">
        {words.app.rail.skip}
      </a>
      <Rail />
      <main id="content" className={styles.content} tabIndex={-1}>
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
