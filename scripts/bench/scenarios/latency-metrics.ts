import type { Metric } from '../../../web/results/schema.ts';

/** TCP/IPv4 headers of one segment, timestamps included: bytes. */
export const SEGMENT_HEADER_BYTES = 52;

/** What the latency scenario measures. */
export const LATENCY_METRICS: readonly Metric[] = [
  metric(
    'p50',
    'Delivery latency, median',
    'ms',
    true,
    'From when a message was due to when the subscriber’s callback had it, parsed; half of all deliveries took longer.',
  ),
  metric(
    'p90',
    'Delivery latency, 90th percentile',
    'ms',
    false,
    'As the median; one delivery in ten took longer.',
  ),
  metric(
    'p99',
    'Delivery latency, 99th percentile',
    'ms',
    true,
    'As the median; one delivery in a hundred took longer.',
  ),
  metric(
    'p999',
    'Delivery latency, 99.9th percentile',
    'ms',
    false,
    'As the median; one delivery in a thousand took longer. Few windows have enough deliveries for more than a hint.',
  ),
  metric('max', 'Delivery latency, longest', 'ms', false, 'The slowest delivery of a window.'),
  metric('mean', 'Delivery latency, mean', 'ms', false, 'What the model speaks of.'),
  metric(
    'loss',
    'Messages lost',
    '',
    false,
    'Missing, doubled or reordered messages. A trial with any has no figures, so that this is 0 wherever there are some.',
  ),
  metric(
    'requests',
    'Requests per delivered message',
    '',
    true,
    'HTTP requests at the server over messages delivered, in the window.',
  ),
  metric(
    'emptyShare',
    'Polls that brought nothing',
    'share',
    false,
    'Empty answers over all polls begun in the window.',
  ),
  metric(
    'bytes',
    'Bytes per message at the socket',
    'B',
    true,
    'All that passed the sockets in both directions, heads included, over messages delivered.',
  ),
  metric('payloadBytes', 'Bytes per message: envelope', 'B', false, 'The message itself as JSON.'),
  metric(
    'framingBytes',
    'Bytes per message: framing',
    'B',
    false,
    'Frames, event fields, chunk sizes, the JSON around a poll’s messages.',
  ),
  metric(
    'headerBytes',
    'Bytes per message: HTTP heads',
    'B',
    false,
    'Heads of requests and responses in the window.',
  ),
  metric(
    'wireBytes',
    'Bytes per message on the wire',
    'B',
    true,
    `Socket bytes plus ${SEGMENT_HEADER_BYTES} B for every TCP segment that this host sent in the window, acknowledgements included (Linux).`,
  ),
  metric(
    'cpu',
    'Server CPU per delivery',
    'µs',
    true,
    'User and system time of the server process over messages delivered, publishing included.',
  ),
];

function metric(id: string, title: string, unit: string, judged: boolean, definition: string): Metric {
  return { id, title, unit, better: 'lower', judged, definition };
}
