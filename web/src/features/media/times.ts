/** Times in a model's words, so that they can be followed. */

export type Piece =
  { kind: "words"; text: string } | { kind: "time"; text: string; seconds: number };

const TIME = /(?<![\d:.])(?:(\d{1,2}):)?(\d{1,3}):([0-5]\d(?:\.\d{1,3})?)(?![\d:])/g;

/** The words in pieces; a time such as `0:12` or `1:02:03.4` inside the media is one of its own. */
export function pieces(text: string, duration: number): Piece[] {
  const found: Piece[] = [];
  let from = 0;
  for (const match of text.matchAll(TIME)) {
    const [all, hours, minutes, rest] = match;
    const seconds = Number(hours ?? 0) * 3600 + Number(minutes) * 60 + Number(rest);
    if (seconds > duration || (hours !== undefined && Number(minutes) > 59)) continue;
    if (match.index > from) found.push({ kind: "words", text: text.slice(from, match.index) });
    found.push({ kind: "time", text: all, seconds });
    from = match.index + all.length;
  }
  if (from < text.length) found.push({ kind: "words", text: text.slice(from) });
  return found;
}
