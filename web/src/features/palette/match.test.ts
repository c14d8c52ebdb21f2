import { expect, it } from "vitest";

import { matching } from "./match";

const things = [
  { name: "Runs" },
  { name: "Find servers on this machine", also: "endpoints ollama" },
  { name: "Endpoints" },
];
const names = (typed: string) => matching(things, typed).map(({ name }) => name);

it("shows all, as they are, before anything is typed", () => {
  expect(names("  ")).toEqual(things.map(({ name }) => name));
});

it("puts a name that begins so before other words for a thing", () => {
  expect(names("endp")).toEqual(["Endpoints", "Find servers on this machine"]);
});

it("wants every word, in any case and order", () => {
  expect(names("MACHINE find")).toEqual(["Find servers on this machine"]);
  expect(names("find nothing")).toEqual([]);
});
