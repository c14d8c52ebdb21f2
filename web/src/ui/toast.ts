/** Short words about what was just done, with a way back where there is one. */
import { Undos } from "./undo";

export interface Toast {
  id: number;
  text: string;
  kind: "done" | "failed";
  action?: Action;
}

export interface Action {
  label: string;
  run: () => void;
  /** It takes back what goes by this name, which a key does too, even when the toast has gone. */
  undoes?: string;
}

const STAYS_MS = 6000;
/** With something to be done about it, which has to be read and reached first. */
const STAYS_TO_ACT_MS = 10_000;
const MOST = 3;

export class ToastList {
  shown: readonly Toast[] = [];
  private next = 1;
  private held = false;
  private readonly clocks = new Map<number, ReturnType<typeof setTimeout>>();
  private readonly watching = new Set<() => void>();

  constructor(private readonly undos = new Undos()) {}

  add(toast: Omit<Toast, "id">): void {
    // Said already, and still there to be read: as when a key is held down.
    const again = this.shown.some(({ kind, text }) => kind === "failed" && text === toast.text);
    if (toast.kind === "failed" && again) return;
    const one = { ...toast, id: this.next++ };
    this.shown = [...fitting(this.shown, this.held ? Infinity : MOST - 1), one];
    if (one.action?.undoes) this.undos.add(one.action.undoes, one.action.run);
    this.begin(one);
    this.tell();
  }

  remove(id: number): void {
    clearTimeout(this.clocks.get(id));
    this.clocks.delete(id);
    this.shown = this.shown.filter((one) => one.id !== id);
    this.tell();
  }

  /** Does what a toast offers, once. */
  act(toast: Toast): void {
    this.remove(toast.id);
    if (toast.action?.undoes) this.undos.forget(toast.action.undoes);
    toast.action?.run();
  }

  /** Takes back the last thing that can be; false where there is none. */
  undo(): boolean {
    const last = this.undos.take((name) => this.offers(name) !== undefined);
    if (!last) return false;
    this.undone(last.name);
    last.run();
    return true;
  }

  /** It was taken back in another way: nothing offers it any more. */
  undone(name: string): void {
    this.undos.forget(name);
    const toast = this.offers(name);
    if (toast) this.remove(toast.id);
  }

  /** While somebody is at them none goes, nor moves for another; then their time begins again. */
  hold(held: boolean): void {
    if (held === this.held) return;
    this.held = held;
    for (const clock of this.clocks.values()) clearTimeout(clock);
    this.clocks.clear();
    if (held) return;
    this.shown = fitting(this.shown, MOST);
    for (const one of this.shown) this.begin(one);
    this.tell();
  }

  watch(changed: () => void): () => void {
    this.watching.add(changed);
    return () => this.watching.delete(changed);
  }

  private offers(name: string): Toast | undefined {
    return this.shown.find(({ action }) => action?.undoes === name);
  }

  private begin({ id, kind, action }: Toast): void {
    // A failure stays until it is closed: nobody should miss it.
    if (kind === "failed" || this.held) return;
    const stays = action ? STAYS_TO_ACT_MS : STAYS_MS;
    this.clocks.set(
      id,
      setTimeout(() => this.remove(id), stays),
    );
  }

  private tell(): void {
    for (const changed of this.watching) changed();
  }
}

/** So many of them: what is only done goes before what has failed. */
function fitting(shown: readonly Toast[], most: number): readonly Toast[] {
  if (shown.length <= most) return shown;
  const goes = shown.find(({ kind }) => kind === "done") ?? shown[0];
  return fitting(
    shown.filter((one) => one !== goes),
    most,
  );
}

export const toasts = new ToastList();

export function done(text: string, action?: Action): void {
  toasts.add({ text, kind: "done", ...(action ? { action } : {}) });
}

export function failed(error: unknown): void {
  toasts.add({ text: error instanceof Error ? error.message : String(error), kind: "failed" });
}
