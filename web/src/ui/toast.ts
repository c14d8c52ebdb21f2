/** Short words about what was just done, with a way back where there is one. */

export interface Toast {
  id: number;
  text: string;
  kind: "done" | "failed";
  action?: { label: string; run: () => void };
}

const STAYS_MS = 6000;

class ToastList {
  shown: readonly Toast[] = [];
  private next = 1;
  private readonly watching = new Set<() => void>();

  add(toast: Omit<Toast, "id">): void {
    const id = this.next++;
    this.shown = [...this.shown.slice(-2), { ...toast, id }];
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
