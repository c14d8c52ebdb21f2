import { count, counted, percent } from "@/lib/numbers";
import { duration, timecode } from "@/lib/time";

const range = (start: number, end: number) => `${timecode(start)} to ${timecode(end)}`;

export const media = {
  back: "Library",
  loading: "Loading",
  missing: {
    title: "This media is not in the library",
    text: "It was erased, or the address is mistyped.",
    way: "Go to the library",
  },
  range,
  header: {
    analyze: "Analyze",
    export: "Export result (JSON)",
    more: "More about this media",
    info: "File",
    link: "Copy a link to this moment",
    linked: "The link is copied.",
    erase: "Erase",
    keys: "All keys",
    pause: "Pause",
    resume: "Go on",
    cancel: "Cancel",
    pausing: "pausing",
    cancelling: "cancelling",
    progress: "Run on this media",
    live: (run: {
      state: string;
      stage: string;
      done: number;
      planned: number;
      rate: number | null;
      eta: number | null;
      failed: number;
    }): string => {
      if (run.state === "queued") return "Waiting for its turn.";
      if (run.state === "paused") return `Paused at ${count(run.done)} of ${count(run.planned)}.`;
      const said = [
        run.stage === "asking" && run.planned
          ? `Asking ${count(run.done)} of ${count(run.planned)}`
          : run.stage === "measuring"
            ? "Measuring the pictures"
            : run.stage === "reading"
              ? "Reading the file"
              : "Running",
      ];
      if (run.rate !== null && run.rate > 0) {
        said.push(`${run.rate < 10 ? run.rate.toFixed(1) : count(Math.round(run.rate))}/s`);
      }
      if (run.eta !== null) said.push(`${duration(run.eta)} left`);
      if (run.failed) said.push(counted(run.failed, "failed", "failed"));
      return said.join(", ");
    },
    gone: "The file is not where it was. What is known of it stays.",
  },
  file: {
    title: "File",
    codec: "Codec",
    container: "Container",
    picture: "Picture",
    length: "Length",
    frames: "Frames",
    size: "Size",
    taken: "Recorded",
    added: "Added",
    lost: "Lost at the end",
    id: "Id",
    paths: "Where it lies",
    nowhere: "nowhere that the server knows",
  },
  erase: {
    title: "Erase from the library",
    text: (title: string) =>
      `All that is known of "${title}" goes: runs, answers, corrections and pictures. Its file stays where it is, unless it was uploaded. This cannot be undone.`,
    confirm: "Erase",
    done: (title: string) => `"${title}" is erased.`,
  },
  split: { panel: "Width of the panel", timeline: "Height of the timeline" },
  player: {
    label: "Player",
    play: "Play (k)",
    pause: "Pause (k)",
    previous: "Previous frame (,)",
    next: "Next frame (.)",
    position: "Position",
    at: (at: number, of: number) => `${timecode(at)} of ${timecode(of)}`,
    copyTime: "Copy the time",
    speed: "Speed",
    speedOf: (rate: number) => `${rate}×`,
    volume: "Volume",
    mute: "Mute",
    unmute: "Sound on",
    pip: "Picture in picture",
    noPip: "The browser did not show it in a window of its own. Once it plays, it may.",
    fullscreen: "Full screen (f)",
    noFullscreen: "This browser does not fill the screen with it.",
    preparing: (done: number | null) =>
      done === null
        ? "Preparing it for this browser"
        : `Preparing it for this browser: ${percent(done)}`,
    preparingNote: "The pictures and the timeline can be used meanwhile.",
    failed: "It cannot be played",
    unplayable:
      "This browser cannot play it. The pictures and the timeline can be used all the same.",
    noPicture: "No picture: the file is not where it was, or cannot be read.",
    picture: (title: string, at: number) => `${title} at ${timecode(at)}`,
    strip: "Pictures by time",
    stripFailed: "The list of pictures did not come.",
    frame: (place: number, name: string) =>
      name ? `Picture ${place}, ${name}` : `Picture ${place}`,
  },
  marks: {
    in: (at: number) => `In ${timecode(at)}`,
    out: (at: number) => `Out ${timecode(at)}`,
    add: "Add a tag here (t)",
    clear: "Clear in and out (Esc)",
  },
  add: {
    title: "Add a tag",
    tag: "Tag",
    placeholder: "car",
    from: (start: number, end: number) => `From ${range(start, end)}.`,
    hint: "Press [ and ] at the player to set where it begins and ends.",
    save: "Add",
  },
  timeline: {
    failed: "The timeline did not come",
    none: "Nobody has asked about it yet.",
    noneHint: "Analyze it: with tags to find, a description of what is to be seen, or a question.",
    going: "It is being asked about.",
    goingHint: "What is found appears here by itself.",
    empty: "The last run found nothing out.",
    pixelsOnly:
      "Only the pixels endpoint is attached: it knows colours and light, such as red or dark.",
    attach: "Attach a model",
    showAll: "Show all runs",
    only: (name: string) => `Shown is what ${name} found.`,
  },
  now: {
    title: "Now at",
    tags: "Tags now",
    unknown: (tags: string[]) => `Unknown: ${tags.join(", ")}`,
    nothing: "Nothing is known of this moment.",
    nothingAtAll: "Nothing is known of it.",
    noText: "No description of this moment.",
    noTextAtAll: "No description.",
  },
  tabs: {
    label: "About this media",
    moments: "Moments",
    ask: "Ask",
    evidence: "Evidence",
    runs: "Runs",
  },
  moments: {
    filter: "Filter moments",
    placeholder: "Filter by words  /",
    allTags: "All tags",
    tag: "Only this tag",
    list: "Moments",
    follow: "Follow the playhead",
    none: "Nothing was found.",
    notYet: "Nothing so far. What is found appears here by itself.",
    unasked: "Nothing was asked yet.",
    failed: "The timeline did not come.",
    unknown: "Nothing is known: what was asked has no answer. The runs say why.",
    noMatch: "No moment matches.",
    clear: "Clear the filter",
    confirm: "Confirm (y)",
    reject: "Reject (n)",
    why: "Why? (e)",
    byPerson: "by a person",
    confidence: (share: number) => percent(share),
    question: (prompt: string) => `Answer to: ${prompt}`,
    span: (tag: string, start: number, end: number, share: number, person: boolean) =>
      `${tag} ${person ? "by a person" : percent(share)}, ${range(start, end)}`,
    text: (text: string, at: number) => `${text}, ${timecode(at)}`,
    count: (shown: number, all: number) =>
      shown === all ? counted(all, "moment") : `${count(shown)} of ${counted(all, "moment")}`,
  },
  edits: {
    confirmed: (tag: string, at: number) => `${tag} at ${timecode(at)} is confirmed.`,
    rejected: (tag: string, at: number) => `${tag} at ${timecode(at)} is rejected.`,
    moved: (tag: string, start: number, end: number) => `${tag} is now from ${range(start, end)}.`,
    added: (tag: string, start: number, end: number) =>
      `${tag} is added from ${range(start, end)}.`,
    already: (tag: string) => `${tag} is confirmed already.`,
    taken: "The correction is taken back.",
    choose: "Choose a span first: click it, or press m.",
    refused: "This access may look, and not correct.",
  },
  ask: {
    label: "Ask this media",
    placeholder: "What happens, and when?",
    send: "Ask",
    cancel: "Cancel",
    waiting: "Waiting for a model.",
    by: (model: string) => `${model} answers`,
    earlier: "Earlier questions",
    none: "No question was asked yet. Times in an answer lead to their moment.",
    unanswered: (why: string) => `No answer: ${why}.`,
    cut: "The model ran into its limit of words.",
    cancelled: "Cancelled.",
    over: (note: string) => note || "It ended without an answer. The run says more.",
    lost: "The words stopped coming. The answer is shown here when the run has ended.",
    run: "The run",
    part: (start: number, end: number) => `About ${range(start, end)}`,
  },
  evidence: {
    of: (tag: string, start: number, end: number) => `${tag}, ${range(start, end)}`,
    around: (at: number) => `All that was asked around ${timecode(at)}`,
    here: "At the playhead",
    strip: "Frames that were asked about",
    frame: (at: number, said: string) => `${timecode(at)}, ${said}`,
    none: "Nothing was asked about this stretch.",
    noneHint: "It may come from a person, or from an older version that kept no more.",
    failed: "The evidence did not come",
    question: "Question",
    answer: "Answer",
    probability: (share: number) =>
      `${(share * 100).toFixed(share > 0.99 || share < 0.01 ? 1 : 0)} %`,
    unknown: "Unknown",
    shared: (at: number) => `Shared from the frame at ${timecode(at)}, which looks alike`,
    model: "Model",
    endpoint: "Endpoint",
    how: "How",
    methods: {
      logprob: "from the model's own probabilities",
      schema: "the model's own number",
      parsed: "read out of its text",
      measured: "measured in the picture",
    },
    took: "Took",
    seconds: (seconds: number) =>
      seconds < 1 ? `${Math.round(seconds * 1000)} ms` : `${seconds.toFixed(1)} s`,
    tokens: "Tokens",
    tokensOf: (into: number | null, out: number | null) =>
      `${into === null ? "?" : count(into)} in, ${out === null ? "?" : count(out)} out`,
    sample: (number: number) => `asked again, time ${number + 1}`,
    asked: "Asked",
    raw: "The reply as it came",
    more: (left: number) => `${count(left)} more`,
    shown: (shown: number, total: number) => `${count(shown)} of ${count(total)}`,
    cut: "cut short",
  },
  runs: {
    title: "Runs",
    none: "No run yet.",
    failed: "The runs did not come",
    name: (number: number | null) =>
      number === null ? "a run of the command line" : `run ${number}`,
    commandLine: "Command line",
    recipes: {
      tagging: "tags",
      describing: "descriptions",
      answering: "answer",
    } as Readonly<Record<string, string>>,
    asks: (done: number, planned: number) =>
      done === planned ? counted(done, "ask") : `${count(done)} of ${counted(planned, "ask")}`,
    members: (media: number) => counted(media, "media", "media"),
    by: (models: string) => `by ${models}`,
    at: (endpoints: string) => `at ${endpoints}`,
    only: "Show alone",
    all: "Show all",
    compare: "Compare",
    compareHint: "With the run before it",
    again: "Run again",
    corrections: "Corrections",
    noCorrections: "No corrections. Press y or n at a span, or drag its edges.",
    correction: (present: boolean, start: number, end: number) =>
      `${present ? "is there" : "is not there"}, ${range(start, end)}`,
    by_: (by: string, when: string) => `${by}, ${when}`,
    origin: "taken over from another file of the same pictures",
    takeBack: "Take back",
  },
  distrusted: {
    its: (distrusted: number, answers: number) =>
      `${count(distrusted)} of its ${counted(answers, "answer")} ${distrusted === 1 ? "is" : "are"} distrusted: run again to ask ${distrusted === 1 ? "it" : "them"} anew.`,
    of: (name: string, distrusted: number, answers: number) =>
      `${count(distrusted)} of the ${counted(answers, "answer")} of ${name} ${distrusted === 1 ? "is" : "are"} distrusted: run again to ask ${distrusted === 1 ? "it" : "them"} anew.`,
    several: (runs: number) =>
      `${count(runs)} runs rest on distrusted answers: run them again to ask anew.`,
    again: "Ask anew",
    againHint: "Runs the same again: only what is missing is asked",
    mark: "distrusted",
    explain:
      "Distrusted: no run uses it any more. What is shown rests on it until it is asked anew.",
  },
  tune: {
    title: (tag: string) => `Adjust ${tag}`,
    threshold: "Threshold",
    gap: "Join gaps up to",
    length: "Leave out shorter than",
    seconds: (value: number) => `${value.toFixed(1)} s`,
    histogram: (above: number, all: number) =>
      `${count(above)} of ${counted(all, "frame")} above it`,
    found: (spans: number, seconds: number) =>
      `${counted(spans, "span")}, ${duration(seconds)} in all`,
    nothing: "no spans",
    keep: "Keep",
    reset: "Reset",
    resetHint: "Back to the numbers of the run",
    drop: "Drop (Esc)",
    kept: (tag: string) => `The numbers of ${tag} are kept for this media.`,
    back: (tag: string) => `${tag} has the numbers of its run again.`,
    cannot: (tag: string) =>
      `${tag} cannot be adjusted: the answers behind it are not known one by one. Analyze it again to adjust it.`,
    cannotPeople: (tag: string) => `${tag} cannot be adjusted: only people have said it is there.`,
  },
  keys: {
    title: "Keys",
    groups: [
      {
        name: "Play",
        keys: [
          ["Space or k", "Play and pause"],
          ["l or j", "Forwards and backwards, faster each time"],
          ["Shift L or Shift J", "10 s on, 10 s back"],
          ["← or →", "1 s back, 1 s on; with Shift 5 s"],
          [", or .", "Previous and next frame"],
          ["Home or End", "Beginning and end"],
          ["f", "Full screen"],
        ],
      },
      {
        name: "Find",
        keys: [
          ["m or Shift M", "Next and previous moment"],
          ["/", "Search the moments"],
          ["e", "Evidence of the chosen span"],
          ["Ctrl K", "Search everything"],
        ],
      },
      {
        name: "Correct",
        keys: [
          ["y or n", "Confirm and reject the chosen span"],
          ["[ or ]", "Set in and out"],
          ["t", "Add a tag from in to out"],
          ["Ctrl Z", "Undo the last correction"],
        ],
      },
      {
        name: "Timeline",
        keys: [
          ["+ or −", "Zoom in and out"],
          ["0", "Show all of it"],
        ],
      },
      {
        name: "Page",
        keys: [
          ["r", "Analyze"],
          ["?", "These keys"],
          ["Esc", "Close, clear"],
        ],
      },
    ],
  },
} as const;
