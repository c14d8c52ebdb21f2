import { expect, it } from "vitest";

import { loginFrom } from "./login";

it("takes along where one was, with all that the address holds", () => {
  const address = loginFrom({ pathname: "/media/5f1d", search: "?t=1.5&run=3" });
  expect(new URL(address, "http://here").searchParams.get("next")).toBe("/media/5f1d?t=1.5&run=3");
  expect(loginFrom({ pathname: "/", search: "" })).toBe("/login");
});
