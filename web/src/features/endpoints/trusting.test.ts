import { describe, expect, it } from "vitest";

import type { Profile } from "./model";
import { asLocal, sinceIn, usualSince } from "./trusting";

const NOW = new Date(2026, 10, 21, 14, 2, 33);
const profile = { probed_at: "2026-11-20T10:00:00Z" } as Profile;

describe("the moment since when answers are distrusted", () => {
  it("is written as the field has it, and read back by the same clock", () => {
    expect(asLocal(NOW)).toBe("2026-11-21T14:02");
    expect(asLocal(new Date(2026, 0, 2, 3, 4))).toBe("2026-01-02T03:04");
    expect(sinceIn("2026-11-21T14:02", NOW)).toEqual({
      is: "usable",
      at: new Date(2026, 10, 21, 14, 2).toISOString(),
    });
  });

  it("must be there, and be over", () => {
    expect(sinceIn("", NOW).is).toBe("missing");
    expect(sinceIn("1960-01-01T00:00", NOW).is).toBe("missing");
    expect(sinceIn("2026-11-21T14:03", NOW).is).toBe("future");
  });

  it("is when it was measured last, where it was", () => {
    const measured = new Date(profile.probed_at);
    const day = 24 * 3600 * 1000;
    expect(usualSince({ profile, state: "up" }, NOW)).toEqual(measured);
    expect(usualSince({ profile: null, state: "up" }, NOW).getTime()).toBe(NOW.getTime() - day);
    const wrong = usualSince({ profile, state: "quarantined" }, NOW);
    expect(wrong.getTime()).toBe(measured.getTime() - day);
  });
});
