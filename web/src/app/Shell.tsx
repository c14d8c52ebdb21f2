/** The frame of every page: the rail, one line when the server is away, and the content. */
import { Outlet } from "@tanstack/react-router";

import { useConnection } from "@/api/LiveProvider";
import { Rail } from "@/app/Rail";
import { words } from "@/strings";
import { Toasts } from "@/ui/Toasts";

import styles from "./Shell.module.css";

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
      <Toasts />
    </div>
  );
}
