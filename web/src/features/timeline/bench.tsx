/**
 * The timeline alone, of a made-up video: for `benchmarks/timeline.py`, and to look at it. Not part
 * of what is shipped. `?spans=2000&tags=20&minutes=60&points=1000&seed=1` say how much there is.
 */
import "@mantine/core/styles.css";
import "@/app/global.css";

import { MantineProvider } from "@mantine/core";
import { useState } from "react";
import { createRoot } from "react-dom/client";

import { cssVariables, theme } from "@/app/theme";

import { madeUp } from "./madeUp";
import { type Document, type Edit, Playhead, type SpanRef } from "./model";
import { Timeline } from "./Timeline";

const asked = new URLSearchParams(location.search);
const number = (name: string, otherwise: number) => Number(asked.get(name) ?? otherwise);
const made = madeUp({
  spans: number("spans", 2000),
  tags: number("tags", 20),
  minutes: number("minutes", 60),
  points: number("points", 1000),
  seed: number("seed", 1),
});
const playhead = new Playhead();
const edits: Edit[] = [];

function corrected(document: Document, edit: Edit): Document {
  const { tag, start, end, replaces } = edit;
  const said = {
    start,
    end,
    start_range: [start, start] as [number, number],
    end_range: [end, end] as [number, number],
    confidence: 1,
    by: "person" as const,
    correction: "new",
  };
  const tracks = document.tracks.map((track) => {
    if (track.tag !== tag) return track;
    const kept = track.spans.filter((span) => span.start !== replaces?.[0]);
    return { ...track, spans: [...kept, said].toSorted((a, b) => a.start - b.start) };
  });
  return { ...document, tracks };
}

function Bench() {
  const [document, setDocument] = useState(made.document);
  const [selected, setSelected] = useState<SpanRef | null>(null);
  return (
    <main style={{ height: asked.get("height") ?? "60vh", padding: 12 }}>
      <Timeline
        media="made-up"
        duration={document.duration}
        document={document}
        signals={made.signals}
        playhead={playhead}
        selected={selected}
        onSeek={(seconds) => playhead.set(seconds)}
        onSelect={setSelected}
        onEdit={(edit) => {
          edits.push(edit);
          setDocument((now) => corrected(now, edit));
          setSelected({ tag: edit.tag, start: edit.start });
        }}
        onTune={() => undefined}
      />
    </main>
  );
}

const root = document.getElementById("root");
if (!root) throw new Error("timeline.html has no #root");
createRoot(root).render(
  <MantineProvider theme={theme} defaultColorScheme="auto" cssVariablesResolver={cssVariables}>
    <Bench />
  </MantineProvider>,
);
Object.assign(window, { playhead, made: { document: made.document, edits } });
