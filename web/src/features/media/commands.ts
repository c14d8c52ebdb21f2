/** Which key does what on this page. */

export type Command =
  | { do: "play" }
  | { do: "pause" }
  | { do: "faster" }
  | { do: "slower" }
  | { do: "by"; seconds: number }
  | { do: "frame"; by: 1 | -1 }
  | { do: "moment"; by: 1 | -1 }
  | {
      do:
        | "in"
        | "out"
        | "confirm"
        | "reject"
        | "add"
        | "fullscreen"
        | "search"
        | "evidence"
        | "keys"
        | "analyze"
        | "mute"
        | "start"
        | "end"
        | "close";
    };

export interface Pressed {
  key: string;
  shiftKey: boolean;
  ctrlKey: boolean;
  metaKey: boolean;
  altKey: boolean;
}

/** Where the focus is, as far as keys care. */
export type Place = "page" | "writing" | "button" | "arrows";

const LETTERS: Readonly<Record<string, Command>> = {
  k: { do: "play" },
  l: { do: "faster" },
  j: { do: "slower" },
  ",": { do: "frame", by: -1 },
  ".": { do: "frame", by: 1 },
  "[": { do: "in" },
  "]": { do: "out" },
  y: { do: "confirm" },
  n: { do: "reject" },
  t: { do: "add" },
  m: { do: "moment", by: 1 },
  f: { do: "fullscreen" },
  e: { do: "evidence" },
  r: { do: "analyze" },
  "/": { do: "search" },
  "?": { do: "keys" },
};

const SHIFTED: Readonly<Record<string, Command>> = {
  j: { do: "by", seconds: -10 },
  l: { do: "by", seconds: 10 },
  m: { do: "moment", by: -1 },
};

/** Keys that a focused button or link has its own use for. */
const OF_BUTTONS = new Set([" ", "enter"]);
/** Keys that sliders, tabs and lists move by. */
const OF_ARROWS = new Set(["arrowleft", "arrowright", "home", "end"]);

export function command(event: Pressed, place: Place): Command | null {
  if (event.ctrlKey || event.metaKey || event.altKey) return null;
  const key = event.key.toLowerCase();
  if (place === "writing") return null;
  if (place !== "page" && OF_BUTTONS.has(key)) return null;
  if (place === "arrows" && OF_ARROWS.has(key)) return null;
  switch (key) {
    case " ":
      return { do: "play" };
    case "arrowleft":
      return { do: "by", seconds: event.shiftKey ? -5 : -1 };
    case "arrowright":
      return { do: "by", seconds: event.shiftKey ? 5 : 1 };
    case "home":
      return { do: "start" };
    case "end":
      return { do: "end" };
    case "escape":
      return { do: "close" };
    default:
      // Some keyboards need Shift for the signs; letters with Shift are other keys.
      return event.shiftKey && /^[a-z]$/.test(key)
        ? (SHIFTED[key] ?? null)
        : (LETTERS[key] ?? null);
  }
}

/** What has the focus: asked of the page, not of the tests. */
export function placeOf(target: EventTarget | null): Place {
  if (!(target instanceof HTMLElement)) return "page";
  if (target.isContentEditable || target.matches("input:not([type=range]), textarea, select")) {
    return "writing";
  }
  if (target.closest("[role=dialog], [role=menu], [role=listbox]")) return "writing";
  // Its arrows are those of the page: a second, not a share of the length.
  if (target.dataset.keys === "page") return "page";
  if (target.matches("input[type=range], [role=slider], [role=tab], [role=separator]")) {
    return "arrows";
  }
  if (target.closest("button, a[href], summary, [role=button]")) return "button";
  return "page";
}
