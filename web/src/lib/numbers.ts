/** Numbers as people read them. */

const grouped = new Intl.NumberFormat("en-GB");

export function count(value: number): string {
  return grouped.format(value);
}

/** `1 call`, `2 calls`, `1,234 calls`. */
export function counted(value: number, one: string, many = `${one}s`): string {
  return `${count(value)} ${value === 1 ? one : many}`;
}

export function percent(share: number): string {
  return `${Math.floor(Math.min(1, Math.max(0, share)) * 100)} %`;
}

export function bytes(size: number): string {
  const units = ["B", "kB", "MB", "GB", "TB"];
  let place = 0;
  let value = size;
  while (value >= 1000 && place < units.length - 1) {
    value /= 1000;
    place += 1;
  }
  return `${value >= 100 || place === 0 ? Math.round(value) : value.toFixed(1)} ${units[place] ?? ""}`;
}

/** Money by the prices in the settings, which name no currency. */
export function cost(value: number): string {
  if (value === 0) return "no cost";
  return value < 0.01 ? "under 0.01" : value.toFixed(2);
}
