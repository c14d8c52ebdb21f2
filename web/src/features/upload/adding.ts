/** What was asked to be added, from whichever page: files picked here, or a dialog to open. */
import { uploads } from "./uploads";

export type Way = "files" | "folder" | "path" | "scan";

class Adding {
  dialog: "path" | "scan" | null = null;
  private readonly watching = new Set<() => void>();

  ask(way: Way): void {
    if (way === "files" || way === "folder") pick(way === "folder");
    else this.show(way);
  }

  close(): void {
    this.show(null);
  }

  watch(changed: () => void): () => void {
    this.watching.add(changed);
    return () => this.watching.delete(changed);
  }

  private show(dialog: Adding["dialog"]): void {
    this.dialog = dialog;
    for (const changed of this.watching) changed();
  }
}

export const adding = new Adding();

function pick(folder: boolean): void {
  const input = document.createElement("input");
  input.type = "file";
  input.multiple = true;
  input.webkitdirectory = folder;
  input.addEventListener("change", () => uploads.add([...(input.files ?? [])], folder));
  input.click();
}
