import { MANNERS, type Manners, TECHNIQUES, type TransportName } from '../../../server/wire.ts';
import {
  type Evidence,
  type Failure,
  type Outcome,
  PROBE_SCHEMA,
  type ProbeResult,
  type ProbeRow,
} from '../../probe/schema.ts';
import { dueTimes, probeSettings } from '../../probe/settings.ts';
import { COMPAT_SCHEMA, type Compat, type PathResult, type Support } from '../schema.ts';

/** Made up, for tests: no run has seen this. */

/** Outcomes of the four techniques, in the registry's order: `w` whole, `r` recovered, `d` dead, `n` nothing. */
export type Pattern = string;

const LETTERS: Readonly<Record<string, Outcome>> = { w: 'whole', r: 'recovered', d: 'dead', n: 'nothing' };

/** Lanes beside the techniques, with their outcomes in the same order. */
export interface SampleLanes {
  readonly lanes: readonly TransportName[];
  readonly patterns: Readonly<Record<Manners, Pattern>>;
}

export function samplePath(
  id: string,
  patterns: Readonly<Record<Manners, Pattern>>,
  rest: Partial<PathResult> = {},
  further?: SampleLanes,
): PathResult {
  const both = (pattern: Readonly<Record<Manners, Pattern>>, lanes: readonly TransportName[]) => ({
    polite: sampleProbe('polite', pattern.polite, lanes),
    naive: sampleProbe('naive', pattern.naive, lanes),
  });
  const probes = both(patterns, TECHNIQUES);
  const others = further && both(further.patterns, further.lanes);
  return {
    id,
    title: id,
    family: 'mechanism',
    role: null,
    variant: null,
    standsFor: `What ${id} stands for.`,
    version: null,
    config: null,
    state: {
      state: 'ran',
      probes,
      ...(others && { further: { polite: [others.polite], naive: [others.naive] } }),
    },
    ...rest,
  };
}

function sampleProbe(
  manners: Manners,
  pattern: Pattern,
  lanes: readonly TransportName[] = TECHNIQUES,
): ProbeResult {
  const settings = probeSettings(1, lanes, [manners]);
  return {
    schema: PROBE_SCHEMA,
    startedAt: '2026-11-22T12:00:00.000Z',
    url: 'http://127.0.0.1:1',
    client: { host: 'browser', agent: 'Sample' },
    settings,
    reach: { echo: { httpVersion: '1.1', headers: {} }, error: null, headers: {}, clockErrorMs: 1 },
    rows: lanes.map((transport, at) => sampleRow(transport, manners, LETTERS[pattern[at] ?? 'w'] ?? 'whole')),
    sightings: [],
  };
}

function sampleRow(transport: TransportName, manners: Manners, outcome: Outcome): ProbeRow {
  const due = dueTimes(probeSettings(1, [transport], [manners]));
  const delivered = { whole: due.length, recovered: due.length, dead: 20, nothing: 0 }[outcome];
  const cuts = outcome === 'recovered' ? 3 : outcome === 'nothing' ? 4 : 0;
  const failure: Failure | null =
    outcome === 'nothing'
      ? { step: 'connect', reason: 'The upgrade was answered with 400.', status: 400 }
      : null;
  const evidence: Evidence = {
    arrivals: due.slice(0, delivered).map((atMs, i) => ({ seq: i + 1, atMs: atMs + 4, lateMs: 4 })),
    missed: 0,
    openedAtMs: delivered > 0 ? [120] : [],
    losses: Array.from({ length: cuts }, (_, i) => ({
      atMs: 20_000 + i * 15_000,
      ageMs: 15_000,
      silentMs: 14_800,
      by: 'closed' as const,
      error: null,
    })),
    exchanges: [{ atMs: 40, headMs: 52, endMs: null, status: 200, outcome: null }],
    exchangesLeftOut: 0,
    gaveUp: null,
  };
  return {
    transport,
    manners,
    outcome,
    failure,
    expected: due.length,
    delivered,
    cuts,
    deadNoticedMs: null,
    firstMessageMs: delivered > 0 ? 12 : null,
    traffic: { requests: transport.endsWith('poll') ? 90 : 1 + cuts, bytesIn: 12_000, bytesOut: 43_000 },
    evidence,
  };
}

const all = (pattern: Pattern): Record<Manners, Pattern> => ({ polite: pattern, naive: pattern });

const product = (
  title: string,
  role: 'reverse proxy' | 'forward proxy',
  variant: 'as shipped' | 'tuned',
): Partial<PathResult> => ({
  title,
  family: 'product',
  role,
  variant,
  version: '1.2.3',
  config: `# ${title}, ${variant}\nlisten 127.0.0.1;`,
});

const LANES = ['socketio-websocket', 'socketio-polling', 'ndjson'] as const;
const AGAINST = [3, 1, 2] as const;

/** The lanes of a path fare as the techniques do that they are measured against. */
function withLanes(
  id: string,
  patterns: Readonly<Record<Manners, Pattern>>,
  rest?: Partial<PathResult>,
): PathResult {
  const lanesOf = (pattern: Pattern): Pattern => AGAINST.map((at) => pattern[at]).join('');
  const further = { polite: lanesOf(patterns.polite), naive: lanesOf(patterns.naive) };
  return samplePath(id, patterns, rest, { lanes: LANES, patterns: further });
}

/** One of everything: every outcome, every state of a path, both families, environments and browsers. */
export function sampleCompat(run: Partial<Compat['run']> = {}): Compat {
  return {
    schema: COMPAT_SCHEMA,
    run: {
      name: 'sample',
      startedAt: '2026-11-22T12:00:00.000Z',
      finishedAt: '2026-11-22T12:25:00.000Z',
      complete: true,
      timeScale: 1,
      command: 'npm run bench:compat --',
      commit: '0123456789abcdef0123456789abcdef01234567',
      modified: false,
      browser: 'Chromium 156.0.8078.79',
      ...run,
    },
    machine: {
      cpu: 'Sample CPU',
      cores: 2,
      memoryBytes: 4 * 2 ** 30,
      os: 'linux',
      kernel: '6.1',
      node: '20.20.0',
      v8: '11.3',
      pinned: null,
      limits: ['Sample limit.'],
    },
    paths: [
      withLanes('http-1.0', { polite: 'wwnn', naive: 'wnnn' }, { title: 'HTTP/1.0 hop' }),
      withLanes('strips-upgrade', all('wwwn'), { title: 'Strips Upgrade' }),
      samplePath(
        'whole-response',
        all('wwnw'),
        { title: 'Waits for the whole response' },
        { lanes: LANES, patterns: { polite: 'wrn', naive: 'wnn' } },
      ),
      withLanes('idle-kill', { polite: 'wwww', naive: 'wrrr' }, { title: 'Idle kill after 60 s' }),
      withLanes('max-age', all('wwrr'), { title: 'Maximal connection age' }),
      withLanes('nat', { polite: 'wwww', naive: 'wddd' }, { title: 'NAT black hole' }),
      withLanes('rate-limit', all('nwww'), { title: 'Request-rate limit' }),
      // As a run of old has it: the techniques alone.
      samplePath('tls', all('wwww'), { title: 'TLS in front' }),
      withLanes(
        'nginx/as-shipped',
        { polite: 'wwwn', naive: 'wrnn' },
        product('nginx', 'reverse proxy', 'as shipped'),
      ),
      withLanes('nginx/tuned', { polite: 'wwww', naive: 'wwww' }, product('nginx', 'reverse proxy', 'tuned')),
      withLanes(
        'haproxy/as-shipped',
        { polite: 'wwww', naive: 'wrrr' },
        product('haproxy', 'reverse proxy', 'as shipped'),
      ),
      withLanes('haproxy/tuned', all('wwww'), product('haproxy', 'reverse proxy', 'tuned')),
      withLanes(
        'squid/as-shipped',
        { polite: 'wwwn', naive: 'wwwn' },
        product('squid', 'forward proxy', 'as shipped'),
      ),
      withLanes('squid/tuned', all('wwww'), product('squid', 'forward proxy', 'tuned')),
      {
        ...withLanes('varnish/as-shipped', all('wwww'), product('varnish', 'reverse proxy', 'as shipped')),
        version: null,
        state: { state: 'not installed', debianPackage: 'varnish' },
      },
      {
        ...withLanes('caddy/tuned', all('wwww'), product('caddy', 'reverse proxy', 'tuned')),
        state: { state: 'failed', reason: 'It did not answer within 10 s.' },
      },
    ],
    environments: [
      {
        id: 'csp-self',
        title: 'connect-src ’self’',
        group: 'Content security policy',
        standsFor: 'A page that may connect to its own origin only.',
        state: {
          state: 'ran',
          outcomes: {
            ...Object.fromEntries(
              [...TECHNIQUES, 'ndjson'].map((name) => [name, { works: 'yes', detail: 'all messages came' }]),
            ),
            jsonp: { works: 'no', detail: 'The console speaks of script-src.' },
          },
        },
      },
      {
        id: 'eight-streams',
        title: 'Eight streams in one page, HTTP/1.1',
        group: 'Connections',
        standsFor: 'A page with a stream for each of its parts.',
        state: {
          state: 'ran',
          outcomes: {
            sse: { works: 'some', detail: '6 of 8 streams open' },
            websocket: { works: 'yes', detail: '8 of 8 sockets open' },
            fetch: { works: 'no', detail: 'no answer within 5 s' },
          },
        },
      },
      {
        id: 'h2-only',
        title: 'HTTP/2 only, without RFC 8441',
        group: 'Connections',
        standsFor: 'An origin that speaks nothing else.',
        state: { state: 'failed', reason: 'The certificate was refused.' },
      },
    ],
    support: sampleSupport(),
  };
}

export function sampleSupport(): Support {
  const first = (browser: string, version: string | null, date: string | null) => ({
    browser,
    version,
    date,
  });
  return {
    sources: [
      { name: 'caniuse-lite', version: '1.0.30001826', licence: 'CC-BY-4.0', url: 'https://caniuse.com' },
      {
        name: '@mdn/browser-compat-data',
        version: '8.1.9',
        licence: 'CC0-1.0',
        url: 'https://github.com/mdn/browser-compat-data',
      },
    ],
    features: [
      {
        title: 'XMLHttpRequest',
        transports: ['short-poll', 'long-poll'],
        firsts: [
          first('Chrome', '1', '2008-12-11'),
          first('Edge', '12', '2015-07-29'),
          first('Safari', '1.2', '2004-02-02'),
        ],
        usageShare: 0.984,
        usageKnown: 1,
        releasedShare: 1,
        notes: [],
      },
      {
        title: 'EventSource',
        transports: ['sse'],
        firsts: [
          first('Chrome', '6', '2010-09-02'),
          first('Edge', '79', '2020-01-15'),
          first('Safari', '5', '2010-06-07'),
        ],
        usageShare: 0.967,
        usageKnown: 1,
        releasedShare: 0.9,
        notes: [],
      },
      {
        title: 'WebSocket',
        transports: ['websocket'],
        firsts: [
          first('Chrome', '16', '2011-12-13'),
          first('Edge', '12', '2015-07-29'),
          first('Safari', '6', '2012-07-25'),
        ],
        usageShare: 0.972,
        usageKnown: 1,
        releasedShare: 0.92,
        notes: ['RFC 6455 only.'],
      },
      {
        title: 'WebTransport',
        transports: [],
        firsts: [
          first('Chrome', '97', '2022-01-04'),
          first('Edge', '98', '2022-02-03'),
          first('Safari', null, null),
        ],
        usageShare: 0.81,
        usageKnown: 1,
        releasedShare: null,
        notes: [],
      },
    ],
  };
}

/** A probe of one's own path: every transport with both servers' manners. */
export function sampleOwnProbe(): ProbeResult {
  const [polite, naive] = MANNERS.map((manners) =>
    sampleProbe(manners, manners === 'polite' ? 'wwww' : 'wwnn'),
  );
  if (!polite || !naive) throw new Error('There are two manners.');
  return {
    ...polite,
    settings: { ...polite.settings, manners: MANNERS },
    rows: [...polite.rows, ...naive.rows],
  };
}
