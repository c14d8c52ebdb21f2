/** Uploads that were cut off before: the browser remembers them, the server keeps what had come. */

export interface Unfinished {
  /** Under which the browser remembers it. */
  key: string;
  url: string;
  name: string;
  size: number;
}

const PREFIX = "tus::";
/** So long the server keeps a part to which nothing is added. */
const KEPT_MS = 24 * 3600 * 1000;

/** Those worth telling of, from what the browser remembers; what cannot be read is left out. */
export function unfinishedIn(
  remembered: Iterable<readonly [key: string, text: string]>,
  now: number,
): Unfinished[] {
  const found: Unfinished[] = [];
  for (const [key, text] of remembered) {
    if (!key.startsWith(PREFIX)) continue;
    try {
      const one = JSON.parse(text) as {
        size?: unknown;
        uploadUrl?: unknown;
        creationTime?: unknown;
        metadata?: { filename?: unknown };
      };
      const begun = Date.parse(String(one.creationTime));
      if (typeof one.uploadUrl !== "string" || !(now - begun < KEPT_MS)) continue;
      const name = typeof one.metadata?.filename === "string" ? one.metadata.filename : "";
      found.push({ key, url: one.uploadUrl, name, size: Number(one.size) || 0 });
    } catch {
      continue;
    }
  }
  return found;
}

export function unfinished(): Unfinished[] {
  try {
    return unfinishedIn(Object.entries(localStorage) as [string, string][], Date.now());
  } catch {
    return []; // The browser keeps nothing for this page.
  }
}

/** Nothing of it stays, neither here nor there. */
export async function forget(one: Unfinished): Promise<void> {
  localStorage.removeItem(one.key);
  const path = new URL(one.url, location.href).pathname;
  // It may be gone there already, and expires by itself.
  await fetch(path, { method: "DELETE", headers: { "Tus-Resumable": "1.0.0" } }).catch(() => null);
}
