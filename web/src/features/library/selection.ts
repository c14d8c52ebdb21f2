/** What is selected: ids with their titles, in the order in which they were chosen. */

export type Selection = ReadonlyMap<string, string>;

export const NOTHING: Selection = new Map();

export function toggle(selection: Selection, id: string, title: string): Selection {
  const now = new Map(selection);
  if (!now.delete(id)) now.set(id, title);
  return now;
}

export function withAll(selection: Selection, more: Selection): Selection {
  return new Map([...selection, ...more]);
}

export function without(selection: Selection, gone: Iterable<string>): Selection {
  const now = new Map(selection);
  for (const id of gone) now.delete(id);
  return now;
}
