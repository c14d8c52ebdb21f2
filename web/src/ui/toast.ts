/** Short words about what was just done, with a way back where there is one. */

export interface Toast {
  id: number;
  text: string;
  kind: "done" | "failed";
  action?: { label: string; run: () => void };
}

const STAYS_MS = 6000;
const MOST = 3;

export class ToastList {
  shown: readonly Toast[] = [];
  private next = 1;
  private readonly watching = new Set<() => void>();

  add(toast: Omit<Toast, "id">): void {
    // Said already, and still there to be read: as when a key is held down.
    const again = this.shown.some(({ kind, text }) => kind === "failed" && text === toast.text);
    if (toast.kind === "failed" && again) return;
    const id = this.next++;
    this.shown = [...this.roomIn(this.shown), { ...toast, id }];
    this.tell();
    // A failure stays until it is closed: nobody should miss it.
    if (toast.kind === "done") setTimeout(() => this.remove(id), STAYS_MS);
  }

  remove(id: number): void {
    this.shown = this.shown.filter((one) => one.id !== id);
    this.tell();
  }

  watch(changed: () => void): () => void {
    this.watching.add(changed);
    return () => this.watching.delete(changed);
  }

  /** What is only done goes before what has failed. */
  private roomIn(shown: readonly Toast[]): readonly Toast[] {
    if (shown.length < MOST) return shown;
    const goes = shown.find(({ kind }) => kind === "done") ?? shown[0];
    return shown.filter((one) => one !== goes);
  }

  private tell(): void {
    for (const changed of this.watching) changed();
  }
}

export const toasts = new ToastList();

export function done(text: string, action?: Toast["action"]): void {
  toasts.add({ text, kind: "done", ...(action ? { action } : {}) });
}

export function failed(error: unknown): void {
  toasts.add({ text: error instanceof Error ? error.message : String(error), kind: "failed" });
}
