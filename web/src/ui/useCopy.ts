import { useEffect, useRef, useState } from "react";

import { words } from "@/strings";

import { failed } from "./toast";

const TOLD_MS = 2000;

/**
 * Copies a text. `copied` is true for a moment after; where the browser lets nothing be copied that
 * is told, and false comes back.
 */
export function useCopy(): { copied: boolean; copy: (text: string) => Promise<boolean> } {
  const [copied, setCopied] = useState(false);
  const timer = useRef<ReturnType<typeof setTimeout>>(undefined);
  useEffect(() => () => clearTimeout(timer.current), []);
  const copy = async (text: string) => {
    const done = await copyText(text);
    clearTimeout(timer.current);
    setCopied(done);
    if (done) timer.current = setTimeout(() => setCopied(false), TOLD_MS);
    else failed(words.common.notCopied);
    return done;
  };
  return { copied, copy };
}

async function copyText(text: string): Promise<boolean> {
  // Browsers have it only where the way to the server is encrypted, or the server on this machine:
  // `isSecureContext`. Libraries are looked at over plain HTTP in many homes.
  if ("clipboard" in navigator) {
    try {
      await navigator.clipboard.writeText(text);
      return true;
    } catch {
      // Not allowed to; the old way may be.
    }
  }
  return copyByHand(text);
}

/** By a field that is selected for a moment: works everywhere, within a click or a key. */
function copyByHand(text: string): boolean {
  const before = document.activeElement;
  const field = document.createElement("textarea");
  field.value = text;
  field.style.position = "fixed";
  field.style.opacity = "0";
  // Beside what was clicked: a dialog takes the focus back from what is outside of it.
  (before?.closest("[role=dialog]") ?? document.body).append(field);
  field.focus({ preventScroll: true });
  field.select();
  // eslint-disable-next-line @typescript-eslint/no-deprecated -- there is no other way without TLS
  const copied = document.execCommand("copy");
  field.remove();
  if (before instanceof HTMLElement) before.focus({ preventScroll: true });
  return copied;
}
