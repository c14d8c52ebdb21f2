/** Sizes of parts of the page that this browser remembers. */

const PLACE = "sightline.media.";

export function kept(name: string, limits: { usual: number; least: number; most: number }): number {
  let text: string | null = null;
  try {
    text = localStorage.getItem(PLACE + name);
  } catch {
    // Storage may be switched off: then it is the usual size each time.
  }
  const size = text === null ? NaN : Number(text);
  return size >= limits.least && size <= limits.most ? size : limits.usual;
}

export function keep(name: string, size: number): void {
  try {
    localStorage.setItem(PLACE + name, String(size));
  } catch {
    // As above.
  }
}
