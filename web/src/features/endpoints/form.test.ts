import { describe, expect, it } from "vitest";

import { BLANK, changesOf, fieldOf } from "./form";

describe("what of the form is sent", () => {
  it("is only what differs", () => {
    expect(changesOf(BLANK, BLANK)).toEqual({});
    expect(changesOf(BLANK, { ...BLANK, url: " http://desk:1234 ", weight: 2 })).toEqual({
      url: "http://desk:1234",
      weight: 2,
    });
  });

  it("sets back what was emptied", () => {
    const before = { ...BLANK, model: "seer", longest_side: 640, timeout_s: 60 } as const;
    expect(changesOf(before, { ...before, model: "", longest_side: "", timeout_s: "" })).toEqual({
      model: null,
      longest_side: null,
      timeout_s: null,
    });
  });

  it("knows slots as a number or as learnt", () => {
    expect(changesOf(BLANK, { ...BLANK, learn: true })).toEqual({ slots: "learn" });
    expect(changesOf({ ...BLANK, learn: true }, { ...BLANK, slots: 8 })).toEqual({ slots: 8 });
    expect(changesOf({ ...BLANK, learn: true }, { ...BLANK, learn: true, slots: 9 })).toEqual({});
  });

  it("sends a key only when one was typed, and forgets one only when asked", () => {
    expect(changesOf(BLANK, { ...BLANK, api_key: "k" })).toEqual({ api_key: "k" });
    expect(changesOf(BLANK, { ...BLANK, forget: true })).toEqual({ api_key: null });
    expect(changesOf(BLANK, { ...BLANK, forget: true, api_key: "k" })).toEqual({ api_key: "k" });
  });
});

it("finds the field in a path", () => {
  expect(fieldOf("endpoints.desk.2.url")).toBe("url");
});
