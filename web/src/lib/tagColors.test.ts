import { expect, test } from "vitest";

import { tagColor, tagColors } from "./tagColors";

test("a tag has the same colour wherever it is shown", () => {
  expect(tagColor("car")).toEqual(tagColor("Car"));
  expect(tagColors(["car"]).get("car")).toEqual(tagColor("car"));
});

test("tags shown together are told apart as long as there are colours", () => {
  const names = Array.from({ length: 10 }, (_, place) => `tag ${place}`);
  const colors = [...tagColors(names).values()];
  expect(new Set(colors.map((color) => color.dark)).size).toBe(10);
  expect(tagColors([...names, "another"]).size).toBe(11);
});

test("a tag that is called by a colour has that colour", () => {
  const colors = tagColors(["red", "green", "blue", "yellow"]);
  expect(colors.get("blue")).toEqual({ light: "#33679a", dark: "#77aadd" });
  expect(colors.get("green")).toEqual({ light: "#117755", dark: "#44bb99" });
  expect(new Set(colors.values()).size).toBe(4);
});
