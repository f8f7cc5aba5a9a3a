import type { Metric } from '../../../web/results/schema.ts';
import { CPU_PER_DELIVERY, costMetric } from './common.ts';

/** TCP/IPv4 headers of one segment, timestamps included: bytes. */
export const SEGMENT_HEADER_BYTES = 52;

/** What the latency scenario measures. */
export const LATENCY_METRICS: readonly Metric[] = [
  costMetric(
    'p50',
    'Delivery latency, median',
    'ms',
    true,
    'From when a message was due to when the subscriber’s callback had it, parsed; half of all deliveries took longer.',
  ),
  costMetric(
    'p90',
    'Delivery latency, 90th percentile',
    'ms',
    false,
    'As the median; one delivery in ten took longer.',
  ),
  costMetric(
    'p99',
    'Delivery latency, 99th percentile',
    'ms',
    true,
    'As the median; one delivery in a hundred took longer.',
  ),
  costMetric(
    'p999',
    'Delivery latency, 99.9th percentile',
    'ms',
    false,
    'As the median; one delivery in a thousand took longer. Few windows have enough deliveries for more than a hint.',
  ),
  costMetric('max', 'Delivery latency, longest', 'ms', false, 'The slowest delivery of a window.'),
  costMetric('mean', 'Delivery latency, mean', 'ms', false, 'What the model speaks of.'),
  costMetric(
    'loss',
    'Messages lost',
    '',
    false,
    'Missing, doubled or reordered messages. A trial with any has no figures, so that this is 0 wherever there are some.',
  ),
  costMetric(
    'requests',
    'Requests per delivered message',
    '',
    true,
    'HTTP requests at the server over messages delivered, in the window.',
  ),
  costMetric(
    'emptyShare',
    'Polls that brought nothing',
    'share',
    false,
    'Empty answers over all polls begun in the window.',
  ),
  costMetric(
    'bytes',
    'Bytes per message at the socket',
    'B',
    true,
    'All that passed the sockets in both directions, heads included, over messages delivered.',
  ),
  costMetric('payloadBytes', 'Bytes per message: envelope', 'B', false, 'The message itself as JSON.'),
  costMetric(
    'framingBytes',
    'Bytes per message: framing',
    'B',
    false,
    'Frames, event fields, the JSON around a poll’s messages.',
  ),
  costMetric(
    'headerBytes',
    'Bytes per message: HTTP heads',
    'B',
    false,
    'Heads of requests and responses in the window.',
  ),
  costMetric(
    'wireBytes',
    'Bytes per message on the wire',
    'B',
    true,
    `Socket bytes plus ${SEGMENT_HEADER_BYTES} B for every TCP segment that this host sent in the window, acknowledgements included (Linux).`,
  ),
  CPU_PER_DELIVERY,
];
