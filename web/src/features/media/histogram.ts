/** How the probabilities of a tag lie: as many bars as `bins`, 0 to 1. */
export function histogram(probabilities: readonly number[], bins: number): number[] {
  const bars = new Array<number>(bins).fill(0);
  for (const one of probabilities) {
    const place = Math.min(bins - 1, Math.max(0, Math.floor(one * bins)));
    bars[place] = (bars[place] ?? 0) + 1;
  }
  return bars;
}

/**
 * Heights of bars, 0 to 1. By the root, since most frames lie at the ends and the few between them
 * are what a threshold divides.
 */
export function heights(bars: readonly number[]): number[] {
  const most = Math.max(1, ...bars);
  return bars.map((bar) => Math.sqrt(bar / most));
}
