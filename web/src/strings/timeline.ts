import { counted, percent } from "@/lib/numbers";
import { timecode } from "@/lib/time";

export const timeline = {
  name: "Timeline",
  showing: (start: number, end: number) =>
    `Timeline, ${timecode(start)} to ${timecode(end)} in view`,
  help:
    "Plus and minus zoom, 0 shows the whole length. Every span is also in the list of moments, " +
    "where it can be reached and corrected by key.",
  tools: "Zoom and rows",
  nearer: "Zoom in",
  farther: "Zoom out",
  fit: "Show the whole length",
  choose: "Choose rows",
  legend: "What the timeline shows",
  rows: {
    signals: "Signals",
    texts: "Descriptions",
    of: (name: string, run: string) => `${name}, ${run}`,
    run: (number: number | null) => (number === null ? "command line" : `run ${number}`),
    recipes: { tagging: "Tags", describing: "Texts", answering: "Answers" } as Record<
      string,
      string
    >,
    coverage: (recipe: string, run: string) => `${recipe}: asked by ${run}`,
    fold: (name: string) => `Row ${name}`,
    tag: (seconds: number, spans: number) =>
      spans ? `${timecode(seconds, 0)} in ${counted(spans, "span")}` : "not seen",
    undecided: "some is unknown",
    required: {
      met: "seen long enough for the whole video",
      "not met": "not seen long enough for the whole video",
      undecided: "undecided for the whole video: some is unknown",
      off: "kept out of the whole video's tags",
    },
    tune: (tag: string) => `Adjust ${tag}`,
    tuned: (tag: string) => `Adjust ${tag} (adjusted)`,
  },
  card: {
    confidence: (value: number) => `${percent(value)} sure`,
    person: "set by a person",
    confirmed: "confirmed by a person",
    model: "by a model",
    edges: (start: number, end: number) => `${timecode(start)} – ${timecode(end)}`,
    length: (seconds: number) => `${timecode(seconds)} long`,
    begins: (from: number, to: number) => `begins within ${timecode(from, 2)} – ${timecode(to, 2)}`,
    ends: (from: number, to: number) => `ends within ${timecode(from, 2)} – ${timecode(to, 2)}`,
    absent: (tag: string) => `${tag} is not there`,
    unlooked: (tag: string) => `nobody has looked for ${tag} here`,
    unknown: (of: string | null) => (of === null ? "Unknown" : `${of}: unknown`),
    more: (count: number) => `and ${count} more`,
    nothing: "no tag is known here",
    noText: "nothing is told here",
    noPicture: "The picture cannot be shown",
    motion: (value: number) => `motion ${Math.round(value)} of 255`,
    unmeasured: "not measured yet",
    signs: { cut: "cut", black: "black", frozen: "frozen", alike: "frames look alike" },
    coverage: {
      asked: "asked",
      shared: "answered by a frame that looks alike",
      unknown: "asked, no answer",
      unasked: "not asked",
    },
  },
  key: {
    title: "What the timeline shows",
    solid: ["Solid", "The tag is seen here."],
    strength: ["Height and strength", "How sure the model is: the fuller, the surer."],
    soft: ["Soft edge", "It begins or ends within here: between two frames that were asked."],
    line: ["Thin line", "The tag is not there."],
    hatched: ["Hatched", "Unknown. Point at it for the reason."],
    said: ["Outline and tick", "A person set it or confirmed it."],
    chosen: ["Handles", "The chosen span. Drag an edge to correct it."],
    coverage: [
      "Coverage",
      "Dark: asked. Lighter: answered by a frame that looks alike. Blank: not asked.",
    ],
    signals: [
      "Signals",
      "Area: motion. Upright marks: cuts. At the foot: filled is black, hollow is frozen, " +
        "the thin bar is frames that look alike.",
    ],
    hands: "By mouse, finger and key",
    doing: [
      ["Wheel, pinch, + and -", "zoom; 0 shows the whole length"],
      ["Drag, Shift and wheel", "move along; Alt and wheel scrolls the rows"],
      ["Click, drag on the ruler", "go to that moment"],
      ["Double click on a span", "zoom to it"],
      ["Drag an edge", "correct it; Alt: without snapping; Esc: leave it"],
      ["Drag the chosen span, or with Ctrl", "move it"],
      ["Shift and drag on a tag's row", "make a new span"],
      ["Hold a finger still", "look at that moment"],
    ],
  },
} as const;
