/**
 * A stable colour for each tag, told apart also by most who see colours otherwise: Paul Tol's
 * "muted" and "bright" schemes (https://personal.sron.nl/~pault/), in a lightness for each scheme.
 */

export interface TagColor {
  light: string;
  dark: string;
}

const COLORS = [
  { light: "#33679a", dark: "#77aadd" },
  { light: "#a34d2a", dark: "#ee8866" },
  { light: "#7d6a00", dark: "#eedd88" },
  { light: "#a8386a", dark: "#ffaabb" },
  { light: "#117a8b", dark: "#99ddff" },
  { light: "#117755", dark: "#44bb99" },
  { light: "#5f7a11", dark: "#bbcc33" },
  { light: "#6a3d9a", dark: "#b294dd" },
  { light: "#80521f", dark: "#ccaa77" },
  { light: "#555555", dark: "#bbbbbb" },
] as const satisfies readonly TagColor[];

function at(place: number): TagColor {
  return COLORS[place % COLORS.length] ?? COLORS[0];
}

/** A tag that is called by a colour has the one that comes nearest: "red" in blue would mislead. */
const NAMED: Readonly<Record<string, number>> = {
  blue: 0,
  red: 1,
  orange: 1,
  yellow: 2,
  pink: 3,
  cyan: 4,
  teal: 5,
  green: 5,
  purple: 7,
  violet: 7,
  brown: 8,
  grey: 9,
  gray: 9,
  black: 9,
  white: 9,
};

function hashed(name: string): number {
  const named = NAMED[name.toLowerCase()];
  if (named !== undefined) return named;
  let hash = 2166136261;
  for (const char of name.toLowerCase()) {
    hash = Math.imul(hash ^ (char.codePointAt(0) ?? 0), 16777619) >>> 0;
  }
  return hash;
}

/** By its name alone: the same wherever it is shown. */
export function tagColor(name: string): TagColor {
  return at(hashed(name));
}

/** For tags shown together: each as by its name, or the next that is free. */
export function tagColors(names: readonly string[]): Map<string, TagColor> {
  const taken = new Set<number>();
  const colors = new Map<string, TagColor>();
  for (const name of names) {
    let place = hashed(name) % COLORS.length;
    for (let tries = 0; taken.has(place) && tries < COLORS.length; tries += 1) {
      place = (place + 1) % COLORS.length;
    }
    if (taken.size >= COLORS.length) taken.clear();
    taken.add(place);
    colors.set(name, at(place));
  }
  return colors;
}
