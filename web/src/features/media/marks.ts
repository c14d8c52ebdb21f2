/** Where a person has set in and out, to say what is between them. */
export interface Marks {
  in: number | null;
  out: number | null;
}

export const NO_MARKS: Marks = { in: null, out: null };

/** What is said to last no time lasts this long. */
const LEAST_S = 0.04;
const OPEN_S = 1;

export function setIn(marks: Marks, at: number): Marks {
  return { in: at, out: marks.out !== null && marks.out <= at ? null : marks.out };
}

export function setOut(marks: Marks, at: number): Marks {
  return { in: marks.in !== null && marks.in >= at ? null : marks.in, out: at };
}

/** From in to out; the playhead stands for the one that is missing, a second for both. */
export function stretch(marks: Marks, playhead: number, duration: number): [number, number] {
  const within = (at: number) => Math.min(Math.max(0, at), duration);
  let start = marks.in ?? (marks.out === null ? playhead : Math.min(playhead, marks.out));
  let end = marks.out ?? (marks.in === null ? playhead + OPEN_S : Math.max(playhead, marks.in));
  start = within(start);
  end = within(end);
  if (end - start < LEAST_S) {
    end = within(start + OPEN_S);
    start = Math.max(0, Math.min(start, end - Math.min(OPEN_S, duration)));
  }
  return [start, end];
}
