import { describe, expect, it } from "vitest";

import { pieces } from "./times";

const times = (text: string, duration = 4000) =>
  pieces(text, duration).flatMap((one) => (one.kind === "time" ? [one.seconds] : []));

describe("times in words", () => {
  it("are found in every form that is used", () => {
    expect(times("At 0:12 it comes, at 1:02:03.4 it goes.")).toEqual([12, 3723.4]);
    expect(times("[00:05-00:07]")).toEqual([5, 7]);
    expect(times("(0:12.4)")).toEqual([12.4]);
  });

  it("are only those inside the media, and no ratios or clock digits", () => {
    expect(times("at 2:00", 60)).toEqual([]);
    expect(times("16:9 and 1:2:3:4 and 10:75")).toEqual([]);
    expect(times("1:75:00")).toEqual([]);
  });

  it("lose no word", () => {
    const text = "From 0:01 to 0:02.5, then nothing.";
    expect(
      pieces(text, 60)
        .map((one) => one.text)
        .join(""),
    ).toBe(text);
    expect(pieces("no time", 60)).toEqual([{ kind: "words", text: "no time" }]);
    expect(pieces("", 60)).toEqual([]);
  });
});
