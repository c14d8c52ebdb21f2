import { describe, expect, it } from "vitest";

import { FrameTimes } from "./frames";
import { Transport } from "./transport";

const times = [0, 0.5, 1, 1.5];

function transport() {
  const load = (offset: number) => Promise.resolve({ offset, seconds: times, total: 4 });
  return new Transport(2, new FrameTimes(load, 2, 4));
}

describe("without a video", () => {
  it("goes where it is told, inside the media", () => {
    const moves = transport();
    moves.seek(1.2);
    expect(moves.playhead.seconds).toBe(1.2);
    moves.by(-5);
    expect(moves.playhead.seconds).toBe(0);
    moves.seek(99);
    expect(moves.playhead.seconds).toBeLessThan(2);
  });

  it("steps from frame to frame", async () => {
    const moves = transport();
    moves.seek(0.7);
    await moves.step(1);
    await moves.step(1);
    expect(moves.playhead.seconds).toBe(1.5);
    await moves.step(-1);
    expect(moves.playhead.seconds).toBe(1);
  });

  it("stays where it was sent while a step was on its way", async () => {
    const moves = transport();
    const step = moves.step(1);
    moves.seek(1.2);
    await step;
    expect(moves.playhead.seconds).toBe(1.2);
  });

  it("is heard again after it was turned down to nothing", () => {
    const moves = transport();
    moves.setVolume(0);
    expect(moves.state.muted).toBe(true);
    moves.mute();
    expect(moves.state).toMatchObject({ muted: false, volume: 1 });
  });

  it("tells only what has changed", () => {
    const moves = transport();
    let told = 0;
    moves.watch(() => (told += 1));
    moves.setRate(2);
    moves.setRate(2);
    moves.mute();
    expect(told).toBe(2);
    expect(moves.state).toMatchObject({ rate: 2, muted: true });
  });
});
