import {
  type ProcessStats,
  type Stats,
  type TopicStats,
  TRAFFIC_NAMES,
  type Traffic,
  type TrafficName,
} from '../wire.ts';

/** The stats of several processes as those of one server. `own`: of the one that publishes, and answers no requests. */
export function mergeStats(
  own: Pick<Stats, 'at' | 'workload' | 'process'>,
  workers: readonly Stats[],
): Stats {
  return {
    at: own.at,
    traffic: mergeTraffic(workers),
    connections: sumOf(workers.map(({ connections }) => connections)),
    connectionsTotal: sumOf(workers.map(({ connectionsTotal }) => connectionsTotal)),
    topics: mergeTopics(workers),
    workload: own.workload,
    process: mergeProcesses(own.process, workers),
  };
}

function mergeTraffic(workers: readonly Stats[]): Record<TrafficName, Traffic> {
  const merged = TRAFFIC_NAMES.map((name) => [name, addFields(workers.map(({ traffic }) => traffic[name]))]);
  return Object.fromEntries(merged) as Record<TrafficName, Traffic>; // of every name
}

/** Each process has all messages of the topics that it serves, and subscribers of its own. */
function mergeTopics(workers: readonly Stats[]): Record<string, TopicStats> {
  const merged = new Map<string, TopicStats>();
  for (const [name, topic] of workers.flatMap(({ topics }) => Object.entries(topics))) {
    const known = merged.get(name) ?? { ...topic, subscribers: 0 };
    merged.set(name, {
      published: Math.max(known.published, topic.published),
      envelopeBytes: Math.max(known.envelopeBytes, topic.envelopeBytes),
      subscribers: known.subscribers + topic.subscribers,
      logMessages: Math.max(known.logMessages, topic.logMessages),
      logBytes: Math.max(known.logBytes, topic.logBytes),
    });
  }
  return Object.fromEntries(merged);
}

function mergeProcesses(own: ProcessStats, workers: readonly Stats[]): ProcessStats {
  return { ...addFields([own, ...workers.map(({ process }) => process)]), pid: own.pid };
}

/** Field by field. */
function addFields<T extends object>(all: readonly T[]): T {
  const sums = new Map<string, number>();
  for (const [field, value] of all.flatMap((one) => Object.entries(one) as [string, number][])) {
    sums.set(field, (sums.get(field) ?? 0) + value);
  }
  return Object.fromEntries(sums) as T; // the same fields, each a number
}

function sumOf(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0);
}
