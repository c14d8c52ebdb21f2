/** Takes files that are dropped anywhere on any page, and shows how they get on. */
import { IconUpload } from "@tabler/icons-react";
import { Suspense, useEffect, useState, useSyncExternalStore } from "react";

import { later } from "@/api/parts";
import { words } from "@/strings";
import { failed } from "@/ui/toast";

import { adding } from "./adding";
import { filesOf } from "./files";
import styles from "./UploadHost.module.css";
import { unfinished } from "./unfinished";
import { uploads } from "./uploads";

const Tray = later(() => import("./Tray"));
const ScanDialog = later(() => import("./ScanDialog"));
const PathDialog = later(() => import("./PathDialog"));

export default function UploadHost() {
  const items = useSyncExternalStore(
    (changed) => uploads.watch(changed),
    () => uploads.shown,
  );
  const dialog = useSyncExternalStore(
    (changed) => adding.watch(changed),
    () => adding.dialog,
  );
  const [left, setLeft] = useState(unfinished);
  const over = useDrops();
  useKeptOpen(items.length > 0);
  const close = () => adding.close();
  return (
    <Suspense fallback={null}>
      {over ? (
        <div className={styles.overlay} role="status">
          <div className={styles.zone}>
            <IconUpload size={48} stroke={1.2} aria-hidden />
            <strong>{words.upload.drop.title}</strong>
            <span>{words.upload.drop.text}</span>
          </div>
        </div>
      ) : null}
      {items.length || left.length ? <Tray items={items} left={left} onLeft={setLeft} /> : null}
      {dialog === "scan" ? <ScanDialog close={close} /> : null}
      {dialog === "path" ? <PathDialog close={close} /> : null}
    </Suspense>
  );
}

/** True while files are held over the page. */
function useDrops(): boolean {
  const [over, setOver] = useState(false);
  useEffect(() => {
    const withFiles = (event: DragEvent) => event.dataTransfer?.types.includes("Files") ?? false;
    const hold = (event: DragEvent) => {
      // A place on the page that takes files of its own says so first.
      const taken = event.defaultPrevented;
      setOver(withFiles(event) && !taken);
      if (withFiles(event)) event.preventDefault();
    };
    const leave = (event: DragEvent) => {
      // Nothing follows it: the pointer has left the window.
      if (event.relatedTarget === null) setOver(false);
    };
    const drop = (event: DragEvent) => {
      setOver(false);
      if (!event.dataTransfer || event.defaultPrevented || !withFiles(event)) return;
      event.preventDefault();
      filesOf(event.dataTransfer).then(({ files, folders }) => uploads.add(files, folders), failed);
    };
    const listen = new AbortController();
    const { signal } = listen;
    window.addEventListener("dragenter", hold, { signal });
    window.addEventListener("dragover", hold, { signal });
    window.addEventListener("dragleave", leave, { signal });
    window.addEventListener("drop", drop, { signal });
    return () => listen.abort();
  }, []);
  return over;
}

/** The browser asks before the page is left while something is on its way. */
function useKeptOpen(some: boolean): void {
  useEffect(() => {
    if (!some) return;
    const leave = (event: BeforeUnloadEvent) => {
      if (uploads.active) event.preventDefault();
    };
    window.addEventListener("beforeunload", leave);
    return () => window.removeEventListener("beforeunload", leave);
  }, [some]);
}
