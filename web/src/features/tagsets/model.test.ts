import { describe, expect, it } from "vitest";

import {
  blankTag,
  documentOf,
  draftOf,
  lengthText,
  moved,
  nameOfFile,
  namesIn,
  sameDraft,
  type TagSet,
  wrongOf,
} from "./model";

const SET: TagSet = {
  name: "street",
  changed_at: "2026-01-31T12:00:00Z",
  set: {
    tags: [
      {
        name: "sit",
        description: "a person who sits",
        question: null,
        positive: ["on the floor"],
        negative: [],
        renamed: null,
        category: "pose",
        threshold: 0.6,
        image_threshold: null,
        max_gap: 6,
        min_length: "off",
        required_length: "5%",
      },
      {
        name: "stand",
        description: null,
        question: "Does somebody stand?",
        positive: [],
        negative: [],
        renamed: "Standing",
        category: "pose",
        threshold: 0.5,
        image_threshold: 0.8,
        max_gap: 0,
        min_length: 0,
        required_length: 0,
      },
    ],
    exclusive: ["pose"],
  },
};

describe("a set in the form", () => {
  it("is sent as it came", () => {
    expect(documentOf(draftOf(SET))).toEqual({
      tags: [
        {
          name: "sit",
          description: "a person who sits",
          category: "pose",
          threshold: 0.6,
          max_gap: "6s",
          min_length: "off",
          required_length: "5%",
          positive: ["on the floor"],
          negative: [],
        },
        {
          name: "stand",
          question: "Does somebody stand?",
          renamed: "Standing",
          category: "pose",
          threshold: 0.5,
          image_threshold: 0.8,
          required_length: "0s",
          positive: [],
          negative: [],
        },
      ],
      exclusive: ["pose"],
    });
  });

  it("drops an exclusive category that no tag has any more", () => {
    const draft = draftOf(SET);
    const tags = draft.tags.map((tag) => ({ ...tag, category: "" }));
    expect(documentOf({ ...draft, tags }).exclusive).toEqual([]);
  });

  it("is the same when nothing that is sent differs", () => {
    expect(sameDraft(draftOf(SET), draftOf(SET))).toBe(true);
    const draft = draftOf(SET);
    expect(sameDraft(draft, { ...draft, tags: moved(draft.tags, 0, 1) })).toBe(false);
    expect(sameDraft(draft, { ...draft, name: " street " })).toBe(true);
  });

  it("gives each tag a key of its own", () => {
    expect(blankTag("a").key).not.toBe(blankTag("a").key);
  });
});

it("writes lengths", () => {
  expect([lengthText(6), lengthText(0), lengthText(0, true), lengthText("5%")]).toEqual([
    "6s",
    "",
    "0s",
    "5%",
  ]);
});

it("reads names, each once", () => {
  expect(namesIn("car, Dog\nbus,, dog ,car", ["Bus"])).toEqual(["car", "Dog"]);
});

it("moves a tag, and never out of the list", () => {
  expect(moved(["a", "b", "c"], 2, -1)).toEqual(["a", "c", "b"]);
  expect(moved(["a", "b"], 0, -1)).toEqual(["a", "b"]);
  expect(moved(["a", "b"], 0, 1)).toEqual(["b", "a"]);
});

it("puts problems at their fields", () => {
  const wrong = wrongOf([
    { field: "body.tags.3.threshold", message: "too high" },
    { field: "body.tags.0.question", message: "not both" },
    { field: "body.tags.1", message: "needs a name" },
    { field: "body.tags.2.min_length.float", message: "no length" },
    { field: "body.exclusive.0", message: "too long" },
    { field: "body", message: "the exclusive category 'pose' has no tags" },
  ]);
  expect([...wrong.tags]).toEqual([
    ["3.threshold", "too high"],
    ["0.wording", "not both"],
    ["1.name", "needs a name"],
    ["2.min_length", "no length"],
  ]);
  expect(wrong.exclusive).toBe("too long");
  expect(wrong.other).toEqual(["the exclusive category 'pose' has no tags"]);
});

it("names a set after its file", () => {
  expect(nameOfFile("street tags.toml")).toBe("street tags");
  expect(nameOfFile("_x:y.csv")).toBe("x y");
  expect(nameOfFile(".toml")).toBe("tags");
});
