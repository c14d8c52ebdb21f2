import { type RefObject, useEffect, useRef } from "react";

import { words } from "@/strings";
import { done, failed } from "@/ui/toast";

import { type Command, command, placeOf } from "./commands";
import type { Desk } from "./desk";
import type { Dialog } from "./Header";
import { type Marks, NO_MARKS, setIn, setOut } from "./marks";
import { chosen, type Moment, neighbour } from "./moments";
import type { Part } from "./Panel";

export interface KeyUses {
  desk: Desk;
  shown: readonly Moment[];
  marks: Marks;
  setMarks: (marks: Marks) => void;
  tuning: boolean;
  dropTuning: () => void;
  add: () => void;
  fullscreen: () => void;
  open: (dialog: Dialog) => void;
  show: (part: Part) => void;
  search: RefObject<HTMLInputElement | null>;
}

/** The keys of the page, heard wherever the focus is but where one writes. */
export function useKeys(uses: KeyUses): void {
  const latest = useRef(uses);
  useEffect(() => {
    latest.current = uses;
  });
  useEffect(() => {
    const hear = (event: KeyboardEvent) => {
      if (event.defaultPrevented) return;
      const wanted = command(event, placeOf(event.target));
      if (!wanted || !run(wanted, latest.current)) return;
      event.preventDefault();
    };
    window.addEventListener("keydown", hear);
    return () => window.removeEventListener("keydown", hear);
  }, []);
}

/** Does it; false where there is nothing to be done, so that the key stays the browser's. */
function run(wanted: Command, uses: KeyUses): boolean {
  const { desk, marks } = uses;
  const { transport } = desk;
  const at = transport.playhead.seconds;
  switch (wanted.do) {
    case "play":
      transport.toggle();
      return true;
    case "pause":
      transport.pause();
      return true;
    case "faster":
      transport.shuttle(1);
      return true;
    case "slower":
      transport.shuttle(-1);
      return true;
    case "by":
      transport.by(wanted.seconds);
      return true;
    case "frame":
      void transport.step(wanted.by).catch(failed);
      return true;
    case "start":
      transport.seek(0);
      return true;
    case "end":
      transport.seek(transport.duration);
      return true;
    case "moment":
      return toMoment(uses, wanted.by);
    case "in":
      uses.setMarks(setIn(marks, at));
      return true;
    case "out":
      uses.setMarks(setOut(marks, at));
      return true;
    case "mute":
      transport.mute();
      return true;
    case "fullscreen":
      uses.fullscreen();
      return true;
    case "search":
      uses.show("moments");
      requestAnimationFrame(() => uses.search.current?.select());
      return true;
    case "evidence":
      uses.show("evidence");
      return true;
    case "keys":
      uses.open("keys");
      return true;
    case "close":
      return close(uses);
    case "confirm":
    case "reject":
    case "add":
    case "analyze":
      return change(wanted.do, uses);
  }
}

function change(what: "confirm" | "reject" | "add" | "analyze", uses: KeyUses): boolean {
  const { desk } = uses;
  if (!desk.mayOperate) {
    done(words.media.edits.refused);
    return true;
  }
  if (what === "add") uses.add();
  else if (what === "analyze") desk.analyze();
  else {
    const picked = chosen(desk.document, desk.selected);
    if (picked) desk[what](picked.track.tag, picked.span);
    else done(words.media.edits.choose);
  }
  return true;
}

function toMoment({ desk, shown }: KeyUses, by: 1 | -1): boolean {
  const found = neighbour(shown, desk.transport.playhead.seconds, by);
  if (!found) return true;
  desk.transport.seek(found.start);
  if (found.kind === "span") desk.select({ tag: found.tag, start: found.start });
  return true;
}

function close(uses: KeyUses): boolean {
  if (uses.tuning) uses.dropTuning();
  else if (uses.marks.in !== null || uses.marks.out !== null) uses.setMarks(NO_MARKS);
  else if (uses.desk.selected) uses.desk.select(null);
  else return false;
  return true;
}
