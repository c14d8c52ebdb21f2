/** Which pages and actions fit what was typed, the best first. */

export interface Named {
  name: string;
  /** Other words under which it is looked for. */
  also?: string;
}

/** Fit of each typed word: at the beginning of a word of the name, of its other words, or inside. */
function fit(word: string, name: string, also: string): number {
  if (name.startsWith(word)) return 4;
  if (name.includes(` ${word}`)) return 3;
  if (` ${also}`.includes(` ${word}`)) return 2;
  return name.includes(word) ? 1 : 0;
}

/** Those that have every typed word, in order of fit; all of them, as they are, for nothing typed. */
export function matching<T extends Named>(things: readonly T[], typed: string): T[] {
  const wanted = typed.toLowerCase().split(/\s+/).filter(Boolean);
  return things
    .map((thing) => {
      const [name, also] = [thing.name.toLowerCase(), (thing.also ?? "").toLowerCase()];
      const fits = wanted.map((word) => fit(word, name, also));
      return { thing, score: fits.includes(0) ? -1 : fits.reduce((sum, one) => sum + one, 0) };
    })
    .filter(({ score }) => score >= 0)
    .sort((a, b) => b.score - a.score)
    .map(({ thing }) => thing);
}
