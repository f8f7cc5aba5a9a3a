import { createRequire } from 'node:module';
import type { CompatData } from '@mdn/browser-compat-data/types';
import type { TransportName } from '../../server/wire.ts';
import type { FeatureSupport, Support } from '../../web/compat/schema.ts';
import { type Caniuse, firstsByCaniuse, usageShare } from './support-caniuse.ts';
import { describeLast, lastOfMajors } from './support-majors.ts';
import { firstsByMdn, releasedShare } from './support-mdn.ts';

/** A feature by its names in the two packages. */
interface Feature {
  readonly title: string;
  readonly transports: readonly TransportName[];
  readonly mdn: readonly string[];
  /** Null where caniuse has no such feature. */
  readonly caniuse: string | null;
  /** Whether what caniuse calls partial support is enough here. */
  readonly partialCounts: boolean;
  readonly notes: readonly string[];
}

/** Of what browsers had when anybody began to write it down. */
const OLDER_THAN_DATA =
  'Every browser has it: caniuse does not list it, and where MDN has ≤ before a version nobody has looked further back, so that its share of releases is a lower bound.';

const FEATURES: readonly Feature[] = [
  {
    title: 'XMLHttpRequest',
    transports: ['short-poll', 'long-poll', 'socketio-polling'],
    mdn: ['api', 'XMLHttpRequest'],
    caniuse: 'xhr2',
    partialCounts: true,
    notes: [
      'All that a poll needs of a browser. caniuse counts its second edition only, so that its share is a lower bound.',
    ],
  },
  {
    title: 'fetch',
    transports: [],
    mdn: ['api', 'fetch'],
    caniuse: 'fetch',
    partialCounts: false,
    notes: ['What the lab’s own polls are made with, though XMLHttpRequest would do.'],
  },
  {
    title: 'EventSource',
    transports: ['sse'],
    mdn: ['api', 'EventSource'],
    caniuse: 'eventsource',
    partialCounts: false,
    notes: [],
  },
  {
    title: 'WebSocket',
    transports: ['websocket', 'socketio-websocket'],
    mdn: ['api', 'WebSocket', 'protocol_rfc_6455'],
    caniuse: 'websockets',
    partialCounts: false,
    notes: [
      'The protocol of RFC 6455 only: versions that spoke an older one, or without binary messages, or under a prefix, do not count.',
    ],
  },
  {
    title: 'Response streams',
    transports: ['ndjson', 'multipart'],
    mdn: ['api', 'Response', 'body'],
    caniuse: 'streams',
    partialCounts: true,
    notes: [
      'Enough of them to read a response of fetch while it comes, not all that the standard has.',
      'The lab reads multipart/x-mixed-replace by them too: what once read it by itself, XMLHttpRequest’s own flag in Gecko, is history.',
    ],
  },
  {
    title: 'Frames (iframe)',
    transports: ['forever-iframe'],
    mdn: ['html', 'elements', 'iframe'],
    caniuse: null,
    partialCounts: false,
    notes: [OLDER_THAN_DATA],
  },
  {
    title: 'Scripts (script)',
    transports: ['jsonp'],
    mdn: ['html', 'elements', 'script'],
    caniuse: null,
    partialCounts: false,
    notes: [OLDER_THAN_DATA],
  },
  {
    title: 'WebTransport',
    transports: [],
    mdn: ['api', 'WebTransport'],
    caniuse: 'webtransport',
    partialCounts: false,
    notes: [],
  },
];

/** Reads what MDN and caniuse know of what the transports need of a browser. Takes a moment: 20 MB of JSON. */
export function readSupport(): Support {
  const require = createRequire(import.meta.url);
  // The one has types of its own; what is used of the other is described beside its reader.
  const mdn: CompatData = require('@mdn/browser-compat-data');
  const caniuse: Caniuse = require('caniuse-lite');
  const { version }: { version: string } = require('caniuse-lite/package.json');
  return {
    sources: [
      {
        name: 'MDN browser-compat-data',
        version: mdn.__meta.version,
        licence: 'CC0-1.0',
        url: 'https://github.com/mdn/browser-compat-data',
      },
      { name: 'caniuse.com (caniuse-lite)', version, licence: 'CC-BY-4.0', url: 'https://caniuse.com' },
    ],
    features: FEATURES.map((feature) => describeFeature(feature, mdn, caniuse)),
  };
}

function describeFeature(feature: Feature, mdn: CompatData, caniuse: Caniuse): FeatureSupport {
  const firsts = firstsByMdn(mdn, feature.mdn);
  const usage = usageShare(caniuse, feature.caniuse, feature.partialCounts);
  const last = lastOfMajors(firsts);
  const lastByCaniuse = lastOfMajors(firstsByCaniuse(caniuse, feature.caniuse, feature.partialCounts));
  return {
    title: feature.title,
    transports: feature.transports,
    firsts: firsts.map(({ browser, version, date }) => ({ browser, version, date })),
    usageShare: usage?.share ?? null,
    usageKnown: usage?.known ?? null,
    releasedShare: releasedShare(mdn, feature.mdn),
    notes: [
      ...feature.notes,
      ...(feature.caniuse === null
        ? []
        : [`All major browsers: ${describeLast(last)} by MDN, ${describeLast(lastByCaniuse)} by caniuse.`]),
      ...(usage ? [describeUsage(usage, feature.partialCounts)] : []),
    ],
  };
}

function describeUsage(
  { partial, known }: { partial: number; known: number },
  partialCounts: boolean,
): string {
  const percent = (share: number): string => `${Number((share * 100).toPrecision(3))} %`;
  const counted = `of the usage that caniuse can tell apart by version, ${percent(known)} of all`;
  return partial === 0
    ? `Usage: share ${counted}.`
    : `Usage: share ${counted}; ${percent(partial)} is partial support, which ${partialCounts ? 'counts' : 'does not count'}.`;
}
