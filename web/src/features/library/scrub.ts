/** Moving over a picture shows moments of its video: which ones, and which of them is at hand. */

export const MOMENTS = 12;

/** The moment that lies under the pointer; `share` is 0 at the left edge and 1 at the right. */
export function momentAt(share: number): number {
  return Math.min(MOMENTS - 1, Math.max(0, Math.floor(share * MOMENTS)));
}

/** Its second: the middle of its part, to a tenth, so that the same address is asked again. */
export function secondOf(moment: number, duration: number): number {
  return Math.floor(((moment + 0.5) / MOMENTS) * duration * 10) / 10;
}

/** The loaded moment nearest to a wanted one, or null where none is. */
export function nearest(loaded: ReadonlySet<number>, wanted: number): number | null {
  let best: number | null = null;
  for (const one of loaded) {
    if (best === null || Math.abs(one - wanted) < Math.abs(best - wanted)) best = one;
  }
  return best;
}
