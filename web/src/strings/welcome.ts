import { counted } from "@/lib/numbers";

export const welcome = {
  title: "First steps",
  open: "First steps, one by one",
  intro:
    "Three steps to the first result. Leave at any time and come back: what is done stays done.",
  state: { done: "done", now: "now", later: "later" },
  change: "Change",
  fold: "Fold",
  model: {
    title: "Attach a model",
    text: "A model answers questions about pictures. It can run on this machine, on another one of your network, or in a cloud.",
    byHand: "Enter an address and key",
    without: "Go on without a model",
    withoutText:
      "Without one, the built-in pixels engine answers what can be measured: bright, dark, red, blue, black screen, high contrast, sharp, blurry, and what changes from frame to frame. All else stays unknown until a model is there.",
    chosenWithout: "Without a model: pixels answers what can be measured.",
    attached: (names: string) => `Attached: ${names}.`,
    notUp: (names: string) => `Not asked just now: ${names}. The Endpoints page says why.`,
    toEndpoints: "All endpoints",
    refused: "Only an admin attaches models. You can go on with what there is.",
    measure:
      "Measure it on the Endpoints page when there is time: it then gets as many pictures a call as it can take.",
  },
  media: {
    title: "Add videos or pictures",
    text: "Drop files anywhere on this page, or:",
    files: "Choose files",
    path: "Add by path",
    scan: "Scan a folder of the server",
    sample: "Make a sample",
    sampleText:
      "The sample is a minute of coloured scenes, made on this machine, which also the pixels engine can tell apart.",
    made: (title: string) => `${title} is in the library.`,
    there: (count: number) =>
      `${counted(count, "video or picture", "videos and pictures")} in the library.`,
  },
  run: {
    title: "Begin the first run",
    text: "Choose what to look at, then say what to find.",
    which: "Look at",
    begin: "Say what to find",
    needsMedia: "There is nothing to look at yet: step 2 adds something.",
    there: (count: number) => `${counted(count, "run")} begun.`,
    toRun: "See the latest",
    modelTags: ["person", "vehicle", "animal"],
    pixelTags: ["bright", "dark", "red", "blue", "high contrast"],
  },
  finished: {
    text: "The library fills in while the run goes on.",
    go: "Open the library",
  },
} as const;
