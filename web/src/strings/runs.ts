import { count, counted } from "@/lib/numbers";

/** The list of runs, and one run. */
export const runs = {
  title: "Runs",
  list: "All runs",
  of: (media: string) => `Runs of ${media}`,
  ofOne: "of one video",
  allMedia: "Of all videos",
  empty: {
    title: "No runs yet",
    text: "Pick videos in the library, say what to find in them, and follow it here.",
    way: "Go to the library",
  },
  noneSuch: {
    title: "No such runs",
    text: "No run is in this state, or came this way.",
    way: "Show all",
  },
  filter: "State",
  all: "all",
  source: "Came from",
  anySource: "Anywhere",
  sources: {
    api: "page or API",
    haven: "Haven",
    node: "another server",
    chronicon: "Chronicon",
  },
  more: "Show more",
  shown: (shown: number, total: number) => `${count(shown)} of ${counted(total, "run")}`,

  card: {
    title: "Going on now",
    waiting: (total: number) => counted(total, "run"),
    videos: (done: number, total: number) => `videos ${count(done)} of ${count(total)}`,
    frames: (done: number, total: number) => `frames ${count(done)} of ${count(total)}`,
    now: (title: string, share: string) => `now: ${title}${share ? ` ${share}` : ""}`,
    waits: "waits for a worker",
    videosBar: "Videos",
    framesBar: "Frames",
    failed: (failed: number) => `${count(failed)} failed`,
  },
  cooling: {
    why: (name: string, why: string) =>
      `${why.includes(name) ? why : `${name}: ${why}`}${/[.!?]$/.test(why) ? "" : "."}`,
    again: (text: string) => `Asking it again in ${text}.`,
  },
  rate: (rate: number) => `${rate >= 10 ? Math.round(rate) : rate.toFixed(1)} answers/s`,
  eta: (text: string) => `${text} left`,
  calls: (calls: number) => counted(calls, "call"),
  failed: (failed: number) => `${count(failed)} failed`,
  costs: (text: string) => (text === "no cost" ? text : `cost ${text}`),
  videos: (total: number) => counted(total, "video"),
  number: (number: number) => `Run ${number}`,
  answers: (done: number, planned: number) => `${count(done)} of ${counted(planned, "question")}`,
  began: (text: string) => `began ${text}`,
  ended: (text: string) => `ended ${text}`,
  made: (text: string) => `asked for ${text}`,
  startsAt: (text: string) => `not before ${text}`,
  took: (text: string) => `took ${text}`,
  progress: (title: string) => `Progress of ${title}`,

  wishes: { pause: "pausing", cancel: "cancelling" },
  stages: {
    waiting: "waiting",
    reading: "reading the file",
    measuring: "measuring frames",
    asking: "asking",
    ended: "ended",
  },

  act: {
    pause: "Pause",
    resume: "Go on",
    cancel: "Cancel",
    retry: "Try again",
    front: "To the front",
    again: "Run again",
    compare: "Compare",
    more: (title: string) => `More for ${title}`,
    of: (what: string, title: string) => `${what}: ${title}`,
  },

  page: {
    back: "All runs",
    asked: "What was asked",
    unread: "Another version of Sightline wrote it, which this one cannot read.",
    members: "Videos",
    member: { title: "Video", state: "State", answers: "Answers", failed: "Failed", note: "Why" },
    memberAnswers: (answered: number, reused: number, shared: number) =>
      [
        counted(answered, "answer"),
        reused ? `${count(reused)} known before` : "",
        shared ? `${count(shared)} shared` : "",
      ]
        .filter(Boolean)
        .join(", "),
    noMembers: "It has no videos.",
    endpoints: "Who was asked",
    noUse: "Nobody was asked so far.",
    use: {
      endpoint: "Endpoint",
      share: "Share of the calls",
      calls: "Calls",
      retries: "Retries",
      failures: "Failures",
      p50: "Usual time",
      utilisation: "In use",
      tokens: "Tokens",
      cost: "Cost",
    },
    tokens: (tokensIn: number, tokensOut: number) =>
      `${count(tokensIn)} in, ${count(tokensOut)} out`,
    none: "none",
    partial: (some: number, all: number) => `Of the first ${count(some)} of ${count(all)} videos.`,
    reasons: "What went wrong",
    healed: "What went wrong on the way",
    budgetWay: "Run it again with a larger budget: what was answered is not asked anew.",
    story: "Story",
    answers: "Answers",
    answerColumns: {
      time: "Time",
      question: "Question",
      answer: "Answer",
      by: "By",
      latency: "Took",
    },
    noAnswers: "Nothing was answered so far.",
    shared: "shared by frames that look alike",
    deliveries: "Webhook",
    noDeliveries: "No message so far.",
    deliver: {
      waiting: "waiting",
      sent: "sent",
      failed: "failed",
    },
    sendAgain: "Send again",
    sentAgain: "It is sent again.",
    tries: (tries: number) => (tries === 1 ? "1 try" : `${count(tries)} tries`),
    nextTry: (text: string) => `next try ${text}`,
    reply: (status: number | null, said: string) =>
      [status === null ? "no reply" : `status ${status}`, said].filter(Boolean).join(": "),
    rescued: (times: number) =>
      `${counted(times, "worker")} died at it, and another went on from there.`,
    worker: (name: string) => `at work: ${name}`,
    found: "See what it found",
    previous: "Earlier",
    next: "Later",
    range: (from: number, to: number, total: number) =>
      `${count(from)} to ${count(to)} of ${count(total)}`,
  },

  /** Kinds of failed calls, as accounting names them: what happened, and what to do. */
  kinds: {
    EndpointDown: {
      what: (calls: number, endpoint: string) =>
        `${counted(calls, "call")} failed: ${endpoint} refused the connection, broke it, or took too long.`,
      way: "See that it runs and can be reached, then press Try again.",
    },
    RateLimited: {
      what: (calls: number, endpoint: string) =>
        `${counted(calls, "call")} failed: ${endpoint} asked to slow down.`,
      way: "It was asked again later. Fewer slots, or another endpoint, make this rarer.",
    },
    Unauthorized: {
      what: (calls: number, endpoint: string) =>
        `${counted(calls, "call")} failed: ${endpoint} wants another API key.`,
      way: "Set its key under Endpoints, then try again.",
    },
    ModelMissing: {
      what: (calls: number, endpoint: string) =>
        `${counted(calls, "call")} failed: ${endpoint} does not have this model.`,
      way: "Pick another model for it under Endpoints, or load this one, then try again.",
    },
    RequestRejected: {
      what: (calls: number, endpoint: string) =>
        `${counted(calls, "call")} failed: ${endpoint} rejected the request.`,
      way: "Often the pictures are too large for it: set a smaller longest side.",
    },
    BadReply: {
      what: (calls: number, endpoint: string) =>
        `${counted(calls, "call")} failed: ${endpoint} answered in a form that cannot be read.`,
      way: "Another model may keep to the form; a probe under Endpoints tells.",
    },
    other: {
      what: (calls: number, endpoint: string) => `${counted(calls, "call")} failed at ${endpoint}.`,
      way: "The answers below tell more.",
    },
  },
  failuresHealed: "All of them were asked again and answered.",
  left: (failed: number) => `${counted(failed, "question")} had no answer in the end.`,
  seeEndpoints: "Endpoints",

  spec: {
    find: (tags: string) => `Find ${tags}.`,
    describe: "Describe what is seen.",
    ask: (question: string) => `Ask: “${question}”`,
    frames: {
      usual: "Frames as the settings say.",
      every: (text: string) => `One frame every ${text}.`,
      frames: (total: number) => `${counted(total, "frame")}, evenly.`,
      keyframes: "Key frames.",
      all_frames: "All frames.",
      scenes: "One frame a shot.",
      motion: (total: number) => `${counted(total, "frame")} where most moves.`,
      at: (text: string) => `Frames at ${text}.`,
    },
    precision: (text: string) => `Edges to ${text === "frame" ? "the frame" : text}.`,
    doubt: "Doubtful answers are heard again.",
    repeats: (times: number) => `Each question is asked ${times} times.`,
    longestSide: (px: number) => `Pictures of at most ${px} px.`,
    maxTokens: (tokens: number) => `Texts of at most ${counted(tokens, "token")}.`,
    sharing: (on: boolean) =>
      on ? "Frames that look alike share an answer." : "Frames that look alike are each asked.",
    endpoints: (names: string) => `Asks ${names}.`,
    model: (model: string) => `Only with ${model}.`,
    egress: {
      host: "Pictures stay on this machine.",
      lan: "Pictures stay in the local network.",
      any: "Pictures may go anywhere.",
    },
    budget: (limits: string) => `At most ${limits} for each video.`,
    calls: (calls: number) => counted(calls, "call"),
    tokens: (tokens: number) => counted(tokens, "token"),
    cost: (text: string) => `a cost of ${text}`,
    time: (text: string) => `${text} of asking`,
    threshold: (name: string, threshold: number) => `${name} from ${threshold}`,
  },
} as const;
