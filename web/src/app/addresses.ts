/** What the addresses of pages hold after the question mark. */

export interface LibrarySearch {
  q?: string;
  tag?: string[];
  state?: string[];
  kind?: string[];
  sort?: string;
  view?: string;
}

export interface MediaSearch {
  /** Second to begin at. */
  t?: number;
  /** Show what this run alone found. */
  run?: string;
}

export interface RunsSearch {
  state?: string[];
  media?: string;
}

export interface CompareSearch {
  media?: string;
  a?: string;
  b?: string;
}
