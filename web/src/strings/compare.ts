import { count, counted } from "@/lib/numbers";

/** Two runs over the same video, side by side. */
export const compare = {
  title: "Compare",
  media: "Video",
  pickMedia: "Pick a video",
  a: "Run A",
  b: "Run B",
  side: { a: "A", b: "B" },
  run: (number: number | null, title: string, when: string) =>
    [number === null ? "command line" : `Run ${number}`, title, when].filter(Boolean).join(" · "),
  swap: "Swap A and B",
  another: "Ask the same of another model",
  none: {
    title: "Two answers to the same question",
    text: "Pick a video that two runs have looked at, and see where they agree.",
  },
  one: {
    title: "Only one run has looked at this video",
    text: "Ask the same of another model, and the two can be compared.",
  },
  noRuns: {
    title: "No run has looked at this video",
    text: "Start one from the library; a second one, with another model, can be compared with it.",
    way: "Go to the library",
  },
  same: "A and B are the same run.",
  reading: "Reading the answers of both",
  cut: (most: number) => `Of the first ${count(most)} answers of each.`,
  mediaFailed: "The list of videos could not be fetched.",

  agreement: "Agreement",
  agreementHint:
    "Of the frames about which both answered; yes and no by the thresholds of each run.",
  noneInCommon: "The two runs were asked about no frame in common.",
  column: {
    tag: "Tag",
    both: "Both answered",
    agree: "Agree",
    disagree: "Disagree",
    difference: "Mean difference",
    onlyA: "Only A",
    onlyB: "Only B",
    unknown: "No answer",
  },
  all: "All tags",
  agreeShare: (agreed: number, share: string) => `${count(agreed)} (${share})`,

  sides: "What it took",
  took: {
    side: "Run",
    models: "Model",
    endpoints: "Endpoint",
    answers: "Answers",
    p50: "Usual time",
    tokens: "Tokens",
    cost: "Cost now",
  },
  costHint: "By the prices in the settings as they are now.",
  tokens: (tokensIn: number, tokensOut: number) => `${count(tokensIn)} in, ${count(tokensOut)} out`,

  tracks: "Where each finds it",
  track: (tag: string, side: string, spans: number) =>
    `${tag} in ${side}: ${spans ? counted(spans, "span") : "nowhere"}`,
  notAsked: "not asked",

  differences: "Where they differ most",
  noDifferences: "They nowhere differ.",
  frameAt: (time: string, tag: string) => `The frame at ${time}, asked for ${tag}`,
  open: (time: string) => `Open at ${time}`,
  differ: (by: string) => `${by} apart`,
  yes: "yes",
  no: "no",
  latency: (seconds: number) => `${seconds.toFixed(2)} s`,
  shared: "shared by a frame that looks alike",
  callTokens: (tokensIn: number, tokensOut: number) =>
    `${count(tokensIn)} + ${count(tokensOut)} tokens`,
  /** In two digits that count: of one call it is often a millionth of the unit. */
  costs: (value: number) =>
    value === 0
      ? "no cost"
      : `cost ${value.toLocaleString("en-GB", { maximumSignificantDigits: 2 })}`,

  texts: "Texts side by side",
  more: (left: number) => `Show more (${count(left)})`,
} as const;
