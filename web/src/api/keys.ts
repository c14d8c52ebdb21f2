/**
 * The keys under which answers are kept, so that whoever hears of a change knows what is stale.
 * The first word is the room: an event makes a whole room stale, or one thing in it.
 */
export const keys = {
  media: ["media"] as const,
  mediaLists: ["media", "list"] as const,
  mediaList: (filter: object) => ["media", "list", filter] as const,
  /** A room of its own: it is asked for while one types, and need not be true to the second. */
  mediaTags: (q: string, limit: number) => ["media-tags", q, limit] as const,
  mediaOne: (id: string) => ["media", "one", id] as const,
  timeline: (id: string, run?: string) => ["timeline", id, run ?? ""] as const,
  timelines: ["timeline"] as const,
  evidences: ["evidence"] as const,
  evidence: (id: string, of: object) => ["evidence", id, of] as const,
  signals: (id: string) => ["signals", id] as const,
  playback: (id: string) => ["playback", id] as const,
  runs: ["runs"] as const,
  runList: (filter: object) => ["runs", "list", filter] as const,
  run: (id: string) => ["runs", "one", id] as const,
  members: (id: string) => ["runs", "members", id] as const,
  endpoints: ["endpoints"] as const,
  /** A room of its own: each look asks the endpoint. */
  endpointModels: (name: string) => ["endpoint-models", name] as const,
  activity: ["activity"] as const,
  settings: ["settings"] as const,
  tagSets: ["tag-sets"] as const,
  system: ["system"] as const,
  session: ["session"] as const,
};
