import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";

import { Editor, type Ground, type Hand } from "./editor";
import { hitAt, NEAR } from "./hits";
import { madeUp } from "./madeUp";
import type { Edit, Span } from "./model";
import { arranged, contents, HEAD_HEIGHT, RowOrder } from "./rows";

const MOUSE: Hand = {
  altKey: false,
  ctrlKey: false,
  metaKey: false,
  shiftKey: false,
  pointerType: "mouse",
};
const TOUCH: Hand = { ...MOUSE, pointerType: "touch" };

const car: Span = {
  start: 100,
  end: 200,
  start_range: [100, 100],
  end_range: [200, 200],
  confidence: 1,
  by: "model",
  correction: null,
};
const { document } = madeUp({ spans: 1, tags: 1, minutes: 10, points: 1, seed: 1 });
const rows = arranged(
  contents(
    { ...document, tracks: document.tracks.map((track) => ({ ...track, spans: [car] })) },
    null,
    new RowOrder(),
  ),
  { folded: new Set(), without: new Set(["signals"]) },
);

function set(selected: Ground["selected"] = null) {
  const stage: Ground = {
    axis: { view: { start: 0, end: 600 }, width: 600 },
    duration: 600,
    draft: null,
    playhead: 0,
    selected,
    signals: null,
  };
  const editor = new Editor(stage);
  const edits: Edit[] = [];
  editor.allow({ onEdit: (edit) => edits.push(edit) });
  const reach = (x: number, hand: Hand, by: Partial<Hand> = {}) => {
    const near = hand === TOUCH ? NEAR.touch : NEAR.mouse;
    const scene = { axis: stage.axis, rows, scroll: 0, duration: 600, selected };
    return editor.reach(hitAt(scene, x, HEAD_HEIGHT + 15, near), x, { ...hand, ...by });
  };
  return { stage, editor, edits, reach };
}

const chosen = { tag: "car", start: 100 };

describe("what may be taken hold of", () => {
  it("is an edge by the mouse, and a body that was chosen or with Ctrl", () => {
    const { reach } = set();
    expect(reach(199, MOUSE)?.grip).toBe("end");
    expect(reach(150, MOUSE)).toBeNull();
    expect(reach(150, MOUSE, { ctrlKey: true })?.grip).toBe("body");
    expect(set(chosen).reach(150, MOUSE)?.grip).toBe("body");
  });

  it("is nothing by a finger before the span was chosen, so that panning stays easy", () => {
    expect(set().reach(199, TOUCH)).toBeNull();
    expect(set(chosen).reach(209, TOUCH)?.grip).toBe("end");
  });

  it("is a new span with Shift, or where the page asked for one", () => {
    const { editor, reach } = set();
    expect(reach(400, MOUSE)).toBeNull();
    expect(reach(400, MOUSE, { shiftKey: true })).toMatchObject({ start: 400, replaces: null });
    editor.allow({ onEdit: () => undefined, drawing: true });
    expect(reach(400, MOUSE)?.replaces).toBeNull();
  });

  it("is nothing for those who may not correct", () => {
    const { editor, reach } = set(chosen);
    editor.allow({ drawing: true });
    expect(reach(150, MOUSE)).toBeNull();
    expect(reach(400, MOUSE, { shiftKey: true })).toBeNull();
    expect(editor.drawing).toBe(false);
  });
});

describe("an edit", () => {
  beforeEach(() => vi.useFakeTimers());
  afterEach(() => vi.useRealTimers());

  function dragged() {
    const world = set();
    const hold = world.reach(200, MOUSE);
    if (!hold) throw new Error("nothing was taken");
    world.editor.drag(hold, 250, true);
    return world;
  }

  it("is drawn from the drag until the page shows what came of it", () => {
    const { stage, editor, edits } = dragged();
    expect(stage.draft).toMatchObject({ start: 100, end: 250, pending: false });
    expect(editor.edge(250)).toBe(250);
    editor.drop();
    expect(edits).toEqual([
      { tag: "car", start: 100, end: 250, present: true, replaces: [100, 200] },
    ]);
    expect(stage.draft?.pending).toBe(true);
    editor.settle();
    expect(stage.draft).toBeNull();
  });

  it("is not drawn for ever if the page never does", () => {
    const { stage, editor } = dragged();
    editor.drop();
    vi.runAllTimers();
    expect(stage.draft).toBeNull();
  });

  it("goes on when results arrive in its middle, and is left without a word", () => {
    const { stage, editor, edits } = dragged();
    editor.settle();
    expect(stage.draft).not.toBeNull();
    editor.leave();
    editor.drop();
    expect(stage.draft).toBeNull();
    expect(edits).toEqual([]);
  });
});
