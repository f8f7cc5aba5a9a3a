import { Agent, get } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { newHistogram } from '../../../web/histogram.ts';
import { type QuantilesMs, quantilesOf } from '../driver/quantiles.ts';

/** How often it is asked, ms: as often as a server that is asked once in a turn of its event loop can answer. */
const EVERY_MS = 20;

/** Asks a server for a short answer over one kept connection while it does something else. */
export interface HealthProbe {
  /** Resolves to how long answers took, from when each request was due. Rejects where one failed. */
  stop(): Promise<QuantilesMs>;
}

export function startHealthProbe(port: number, path: string): HealthProbe {
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  const histogram = newHistogram();
  let stopped = false;
  const asking = (async () => {
    for (let dueMs = performance.now(); !stopped; dueMs += EVERY_MS) {
      await sleep(Math.max(0, dueMs - performance.now()));
      await ask();
      // A timer may be early by a fraction of a millisecond.
      histogram.recordValue(Math.max(0, Math.round((performance.now() - dueMs) * 1000)));
    }
  })();
  asking.catch(() => undefined); // whoever stops it is told

  function ask(): Promise<void> {
    return new Promise((resolve, reject) => {
      get({ host: '127.0.0.1', port, path, agent }, (response) => {
        response.resume().on('end', resolve).on('error', reject);
        if (response.statusCode !== 200) reject(new Error(`${path} was answered by ${response.statusCode}.`));
      }).on('error', reject);
    });
  }

  return {
    async stop() {
      stopped = true;
      try {
        await asking;
        return quantilesOf(histogram);
      } finally {
        agent.destroy();
      }
    },
  };
}
