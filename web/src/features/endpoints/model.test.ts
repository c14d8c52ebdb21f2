import { describe, expect, it } from "vitest";

import {
  type Activity,
  chipsOf,
  type Endpoint,
  failuresOf,
  freeName,
  kindOf,
  latency,
  looksFar,
  nameOf,
  offered,
  problemsOf,
  type Profile,
  sameServer,
  scaleOf,
  type Second,
  stateOf,
  stripOf,
} from "./model";

const ENDPOINT: Endpoint = {
  name: "desk",
  state: "up",
  kind: "openai",
  url: "http://127.0.0.1:1234/v1",
  model: "seer",
  configured_model: null,
  has_key: false,
  made_in: "",
  reach: "host",
  slots: 4,
  weight: 1,
  use: "always",
  role: "both",
  paused: false,
  trusted: false,
  price_in: 0,
  price_out: 0,
  keep_alive: null,
  context: null,
  timeout_s: 120,
  longest_side: null,
  jpeg_quality: 85,
  jpeg_max_bytes: null,
  profile: null,
  profile_is_stale: false,
  problems: [],
  use_now: null,
};

const ACTIVITY: Activity = {
  name: "desk",
  model: "seer",
  slots: 4,
  busy: 0,
  state: "asked",
  why: "",
  resumes_in_s: null,
  seconds: [],
  calls: 0,
  failed: 0,
  cost: 0,
};

const PROFILE: Profile = {
  model: "seer",
  probed_at: "2026-01-31T12:00:00Z",
  canaries_right: 12,
  canaries_asked: 12,
  pictures: 8,
  overflow: "",
  schema: "honoured",
  json_object: true,
  logprobs: true,
  streaming: true,
  parallel: 4,
  latency_s: 0.4,
  answers_per_s: 21.4,
  tags_per_call: 1,
  frames_per_call: 8,
  fingerprint: "",
  version: 1,
};

function second(given: Partial<Second>): Second {
  return { busy: 0, calls: 0, failed: 0, latency_s: null, ...given };
}

describe("the state in words", () => {
  it("tells a pause of the pool's own with its reason", () => {
    const cooling = {
      ...ACTIVITY,
      state: "cooling",
      why: "rack (http://127.0.0.1:1234/v1): it asks to slow down (429): Too many requests.",
      resumes_in_s: 11.2,
    };
    expect(stateOf(ENDPOINT, cooling)).toEqual({
      text: "cooling down 12 s after 429: too many requests",
      tone: "warn",
    });
  });

  it("tells any other reason as it is", () => {
    const cooling = { ...ACTIVITY, state: "cooling", resumes_in_s: 0.2 };
    const why = "desk (http://127.0.0.1:1234/v1): nothing listens there.";
    expect(stateOf(ENDPOINT, { ...cooling, why }).text).toBe(
      "cooling down 1 s: nothing listens there",
    );
    expect(stateOf(ENDPOINT, { ...cooling, why: "" }).text).toBe("cooling down 1 s");
  });

  it("says what a person did before what the pool saw", () => {
    const paused: Endpoint = { ...ENDPOINT, state: "paused" };
    expect(stateOf(paused, { ...ACTIVITY, state: "cooling" }).text).toBe("paused");
  });

  it("tells work from rest", () => {
    expect(stateOf(ENDPOINT, ACTIVITY).text).toBe("up");
    expect(stateOf(ENDPOINT, { ...ACTIVITY, busy: 2 }).text).toBe("up, at work");
  });

  it("leaves out only problems whose way out is a button", () => {
    const problems = [
      { what: "never probed", way_out: "sightline endpoints probe desk", grave: false },
      {
        what: "quarantined",
        way_out: "give it another model and `sightline endpoints probe desk`",
        grave: true,
      },
    ];
    expect(problemsOf({ ...ENDPOINT, problems }).map(({ what }) => what)).toEqual(["quarantined"]);
  });
});

describe("what a probe found", () => {
  it("is said in plain chips", () => {
    expect(chipsOf(PROFILE)).toEqual([
      "8 pictures a call",
      "true probabilities",
      "order kept",
      "answers in a schema",
      "4 at once",
      "21 answers a second",
      "12 of 12 known pictures right",
    ]);
  });

  it("does not claim an order of one picture, nor one that was mixed up", () => {
    expect(chipsOf({ ...PROFILE, pictures: 1 })).not.toContain("order kept");
    expect(chipsOf({ ...PROFILE, overflow: "reordered" })).toContain("mixes up the order");
  });

  it("says so when it sees nothing", () => {
    expect(chipsOf({ ...PROFILE, pictures: 0 })[0]).toBe("sees no pictures");
  });
});

describe("the strip", () => {
  it("keeps the latest at the right while there is less than a minute", () => {
    const strip = stripOf([second({ busy: 0.5, calls: 1, latency_s: 0.3 })]);
    expect(strip.columns).toHaveLength(60);
    expect(strip.columns.at(-1)).toEqual({ busy: 0.5, failed: false });
    expect(strip.lines[0]?.[0]?.[0]).toBe(59);
  });

  it("does not draw latency over a long silence", () => {
    const quiet = Array.from({ length: 10 }, () => second({}));
    const call = second({ busy: 1, calls: 1, latency_s: 1 });
    expect(stripOf([call, ...quiet, call]).lines).toHaveLength(2);
    expect(stripOf([call, second({}), call]).lines).toHaveLength(1);
  });

  it("counts failures and knows when nothing happened", () => {
    expect(stripOf([second({ calls: 2, failed: 2 })])).toMatchObject({ failed: 2, idle: false });
    expect(stripOf([second({})]).idle).toBe(true);
    expect(stripOf([]).idle).toBe(true);
  });

  it("has a scale that seldom changes", () => {
    expect([0, 0.42, 0.5, 1.1, 3, 7].map(scaleOf)).toEqual([0, 0.5, 0.5, 2, 5, 10]);
  });
});

describe("names and places", () => {
  it("finds a free name", () => {
    expect(freeName("LM Studio", [])).toBe("lm-studio");
    expect(freeName("desk", ["desk", "desk-2"])).toBe("desk-3");
    expect(freeName("...", [])).toBe("endpoint");
  });

  it("names an endpoint after its host", () => {
    expect(nameOf("https://api.openai.com/v1", [])).toBe("openai");
    expect(nameOf("http://desktop:1234", [])).toBe("desktop");
    expect(nameOf("http://192.168.1.20:1234/v1", [])).toBe("host-192-168-1-20");
    expect(nameOf("http://127.0.0.1:1234", ["local"])).toBe("local-2");
    expect(nameOf("not a", [])).toBe("");
  });

  it("guesses the kind as the server does", () => {
    expect(kindOf("http://127.0.0.1:11434")).toBe("ollama");
    expect(kindOf("http://127.0.0.1:11434/v1")).toBe("openai");
    expect(kindOf("https://api.anthropic.com")).toBe("anthropic");
    expect(kindOf("http")).toBe("openai");
  });

  it("tells a cloud from this network by its name", () => {
    expect(looksFar("https://api.openai.com/v1")).toBe(true);
    for (const near of ["http://desktop:1234", "http://nas.local", "http://192.168.1.2", "no"]) {
      expect(looksFar(near)).toBe(false);
    }
  });

  it("knows one server by both of its names", () => {
    expect(sameServer("http://localhost:1234", "http://127.0.0.1:1234/v1")).toBe(true);
    expect(sameServer("http://127.0.0.1:1234", "http://127.0.0.1:1235")).toBe(false);
    expect(sameServer(null, null)).toBe(false);
  });
});

describe("numbers", () => {
  it("writes latencies", () => {
    expect([0.418, 3.14, 84.6].map(latency)).toEqual(["0.42 s", "3.1 s", "85 s"]);
  });

  it("lists failures by kind, the most frequent first", () => {
    expect(failuresOf({ BadReply: 1, EndpointDown: 3, Novel: 2, RateLimited: 0 })).toBe(
      "3 not reached, 2 Novel, 1 reply not readable",
    );
    expect(failuresOf({})).toBe("");
  });
});

it("offers the models that may see, each once", () => {
  const model = (name: string, vision: boolean | null) => ({ name, vision, loaded: true });
  expect(
    offered([model("seer", true), model("writer", false), model("new", null), model("seer", true)]),
  ).toEqual(["seer", "new"]);
  expect(offered()).toEqual([]);
});
