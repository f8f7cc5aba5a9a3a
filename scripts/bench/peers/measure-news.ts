import type { Measurement } from '../../../web/results/schema.ts';
import { disturbanceOf } from '../driver/host.ts';
import { blockOrder } from '../order.ts';
import { TrialFailure } from '../scenario.ts';
import { cellId, MODERATE } from './grid.ts';
import type { Windows } from './measure-stream.ts';
import type { Bench } from './trial.ts';
import { warmUp } from './warm-up.ts';

/**
 * Short polls that bring something: a turn publishes its messages, then each connection asks until it has them all,
 * and so on. With nothing published in between, a peer whose answers hold all there is needs one answer a turn.
 */
export async function measureNews(bench: Bench, windows: Windows): Promise<readonly Measurement[]> {
  const { subject, sink, seed } = bench;
  const points = subject.course.points.filter(({ burst }) => burst > 0);
  if (points.length === 0) return [];
  await sink.call('connect', MODERATE.subscribers);
  // From here on connections ask only when told to: this one waits for the answers that are out.
  await sink.call('ask', 0);
  const measurements: Measurement[] = [];
  bench.step(`${subject.title}: warm-up with news`);
  await warmUp(async (forMs) => {
    const { values } = await measurePoint(bench, MODERATE.subscribers, 1, forMs);
    return values['cpu'] ?? 0;
  });
  for (const index of blockOrder(points.length, seed)) {
    const { subscribers, burst } = points[index] ?? { subscribers: 1, burst: 1 };
    bench.step(`${subject.title}: ${subscribers} polls, ${burst} a turn`);
    measurements.push(await measurePoint(bench, subscribers, burst, windows.pollMs));
  }
  return measurements;
}

async function measurePoint(
  { subject, peer, sink }: Bench,
  subscribers: number,
  burst: number,
  forMs: number,
): Promise<Measurement> {
  await sink.call('mark', { times: false });
  const before = await peer.call('use', undefined);
  const startMs = performance.now();
  let messages = 0;
  do {
    await peer.call('publish', { burst, forMs: 0, rest: 0 });
    messages += burst;
    await sink.call('ask', messages);
  } while (performance.now() - startMs < forMs);
  const { bytes, durationMs, utilisation, violations, host } = await sink.call('settle', messages);
  const after = await peer.call('use', undefined);
  if (violations.length > 0) throw new TrialFailure(violations.join('; '));
  const deliveries = messages * subscribers;
  const cpuUs = after.cpuUs - before.cpuUs;
  return {
    lane: subject.entry.lane.id,
    cells: [cellId(subject.transport, subscribers, burst)],
    values: { cpu: cpuUs / deliveries, bytes: bytes / deliveries, load: utilisation },
    health: {
      driverUtilisation: utilisation,
      serverUtilisation: cpuUs / 1000 / durationMs,
      ...disturbanceOf(host),
    },
  };
}
