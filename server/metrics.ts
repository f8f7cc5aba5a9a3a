import { Counter, collectDefaultMetrics, Gauge, Registry } from 'prom-client';
import { type Stats, TRAFFIC_NAMES } from './wire.ts';

/** What a scrape of `/metrics` gets (Prometheus text format). */
export interface Metrics {
  expose(): Promise<{ readonly contentType: string; readonly text: string }>;
}

/** The counts of `/api/stats`, read afresh at each scrape, beside prom-client's own of the process. */
export function createMetrics(stats: () => Stats): Metrics {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry });
  const registers = [registry];
  const labelNames = ['transport'] as const;
  const requests = new Counter({ name: 'lab_requests_total', help: 'HTTP requests', labelNames, registers });
  const upgrades = new Counter({ name: 'lab_upgrades_total', help: 'Upgrades', labelNames, registers });
  const active = new Gauge({
    name: 'lab_active',
    help: 'Requests and sockets in progress',
    labelNames,
    registers,
  });
  const bytes = new Counter({
    name: 'lab_bytes_total',
    help: 'Application bytes at the sockets, as the server sees them',
    labelNames: ['transport', 'direction'] as const,
    registers,
  });
  const connections = new Gauge({ name: 'lab_connections', help: 'Connections now', registers });
  const published = new Counter({
    name: 'lab_messages_published_total',
    help: 'Messages published, all topics',
    registers,
  });
  const subscribers = new Gauge({ name: 'lab_subscribers', help: 'Cursors attached to the logs', registers });
  const logBytes = new Gauge({ name: 'lab_log_bytes', help: 'Bytes held in the logs', registers });
  const topics = new Gauge({ name: 'lab_topics', help: 'Topics in use', registers });

  return {
    async expose() {
      const now = stats();
      for (const counter of [requests, upgrades, bytes, published]) counter.reset();
      for (const transport of TRAFFIC_NAMES) {
        const traffic = now.traffic[transport];
        requests.inc({ transport }, traffic.requests);
        upgrades.inc({ transport }, traffic.upgrades);
        active.set({ transport }, traffic.active);
        bytes.inc({ transport, direction: 'in' }, traffic.bytesIn);
        bytes.inc({ transport, direction: 'out' }, traffic.bytesOut);
      }
      connections.set(now.connections);
      const all = Object.values(now.topics);
      const sum = (field: 'published' | 'subscribers' | 'logBytes') =>
        all.reduce((total, topic) => total + topic[field], 0);
      published.inc(sum('published'));
      subscribers.set(sum('subscribers'));
      logBytes.set(sum('logBytes'));
      topics.set(all.length);
      return { contentType: registry.contentType, text: await registry.metrics() };
    },
  };
}
