import { useEffect } from "react";

const ABOVE = "[role=dialog], [role=menu], [role=listbox]";
const MOST = 12;

/**
 * Gives the focus back to what had it before a dialog or menu was opened, once that is gone. Mantine
 * does so for what it closes; here most are taken away as a whole, which it does not hear of.
 */
export function useFocusBack(): void {
  useEffect(() => {
    let before: HTMLElement[] = [];
    let above = false;
    const hear = ({ target }: FocusEvent) => {
      if (!(target instanceof HTMLElement)) return;
      above = target.closest(ABOVE) !== null;
      before = [...before.filter((one) => one !== target && one.isConnected), target].slice(-MOST);
    };
    const look = () => {
      if (!above || document.activeElement !== document.body) return;
      const there = before.findLast((one) => one.isConnected && one.checkVisibility());
      there?.focus({ preventScroll: true });
    };
    const watcher = new MutationObserver(look);
    watcher.observe(document.body, { childList: true, subtree: true });
    document.addEventListener("focusin", hear);
    return () => {
      watcher.disconnect();
      document.removeEventListener("focusin", hear);
    };
  }, []);
}
