import { describe, expect, it } from 'vitest';
import { TrafficWindow } from './traffic-window.ts';

/** Reads once a second, from second `from` to second `to`; `each`: bytes of a message, five of them a second. */
function run(window: TrafficWindow, from: number, to: number, each: number): void {
  for (let second = from; second <= to; second++) {
    const messages = 5 * (second - from);
    window.read(second * 1000, { bytesUp: 400, bytesDown: messages * each, headerBytes: 300, messages });
  }
}

describe('what messages cost on two transports', () => {
  it('is compared over the time that both were open, without what opening has cost', () => {
    const [own, other] = [new TrafficWindow(), new TrafficWindow()];
    run(other, 0, 30, 100);
    run(own, 10, 30, 190);
    expect(own.compare(other)).toEqual({ bytesPerMessage: 190, otherBytesPerMessage: 100, overMs: 20_000 });
  });

  it('looks back for a minute', () => {
    const [own, other] = [new TrafficWindow(), new TrafficWindow()];
    run(own, 0, 100, 100);
    run(other, 0, 100, 100);
    expect(own.compare(other)?.overMs).toBe(60_000);
  });

  it('is not compared after a short time, over few messages, or where one was not open', () => {
    const [own, other] = [new TrafficWindow(), new TrafficWindow()];
    run(own, 0, 9, 100);
    run(other, 0, 9, 100);
    expect(own.compare(other)).toBeUndefined();
    const silent = new TrafficWindow();
    for (let second = 0; second <= 20; second++)
      silent.read(second * 1000, { bytesUp: 1, bytesDown: 1, headerBytes: 0, messages: 3 });
    run(own, 10, 20, 100);
    expect(own.compare(silent)).toBeUndefined();
    run(other, 10, 20, 100);
    other.clear();
    expect(own.compare(other)).toBeUndefined();
  });
});
