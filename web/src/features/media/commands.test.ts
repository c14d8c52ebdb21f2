import { describe, expect, it } from "vitest";

import { command, type Place, type Pressed } from "./commands";

const press = (key: string, more: Partial<Pressed> = {}, place: Place = "page") =>
  command({ key, shiftKey: false, ctrlKey: false, metaKey: false, altKey: false, ...more }, place);

describe("keys", () => {
  it("play, shuttle, step and jump", () => {
    expect(press(" ")).toEqual({ do: "play" });
    expect(press("l")).toEqual({ do: "faster" });
    expect(press("L", { shiftKey: true })).toEqual({ do: "by", seconds: 10 });
    expect(press(",")).toEqual({ do: "frame", by: -1 });
    expect(press("ArrowRight", { shiftKey: true })).toEqual({ do: "by", seconds: 5 });
    expect(press("M", { shiftKey: true })).toEqual({ do: "moment", by: -1 });
  });

  it("take signs that need Shift on some keyboards", () => {
    expect(press("?", { shiftKey: true })).toEqual({ do: "keys" });
    expect(press("/", { shiftKey: true })).toEqual({ do: "search" });
  });

  it("do nothing while one writes, and leave the browser's own alone", () => {
    expect(press("y", {}, "writing")).toBeNull();
    expect(press("Escape", {}, "writing")).toBeNull();
    expect(press("k", { ctrlKey: true })).toBeNull();
    expect(press("Y", { shiftKey: true })).toBeNull();
  });

  it("leave a focused button its own keys", () => {
    expect(press(" ", {}, "button")).toBeNull();
    expect(press("Enter", {}, "button")).toBeNull();
    expect(press("ArrowLeft", {}, "button")).toEqual({ do: "by", seconds: -1 });
    expect(press("ArrowLeft", {}, "arrows")).toBeNull();
    expect(press("m", {}, "arrows")).toEqual({ do: "moment", by: 1 });
  });
});
