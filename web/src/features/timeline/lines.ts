/** Words broken into the lines of a block. Pure. */

/** The narrowest a letter can be, in pixels: more than fits at that width is never measured. */
const THIN = 3;

/** How many characters of `text` fit into `room`. */
function fitting(width: (text: string) => number, text: string, room: number): number {
  let [low, high] = [0, Math.min(text.length, Math.ceil(room / THIN))];
  while (low < high) {
    const middle = (low + high + 1) >>> 1;
    if (width(text.slice(0, middle)) <= room) low = middle;
    else high = middle - 1;
  }
  return low;
}

function clipped(width: (text: string) => number, text: string, room: number): string {
  const fits = fitting(width, text, room);
  if (fits >= text.length) return text;
  const less = fitting(width, text, room - width("…"));
  return less > 0 ? `${text.slice(0, less).trimEnd()}…` : "";
}

/** At most so many lines, each within `room`; the last says by "…" that there is more. */
export function lines(
  width: (text: string) => number,
  text: string,
  room: number,
  most: number,
): string[] {
  const line = text.replaceAll(/\s+/gu, " ").trim();
  if (most > 1) {
    const fits = fitting(width, line, room);
    const blank = fits < line.length ? line.lastIndexOf(" ", fits) : -1;
    if (blank > 0) {
      return [line.slice(0, blank), ...lines(width, line.slice(blank + 1), room, most - 1)];
    }
  }
  const only = clipped(width, line, room);
  return only ? [only] : [];
}
