/** Where a transport's client can run. */
export type ClientHost = 'node' | 'browser';

export const CLIENT_HOSTS: readonly ClientHost[] = ['node', 'browser'];

/** How a transport is known everywhere: in paths, results and charts. */
export interface TransportInfo {
  readonly title: string;
  /** One that colour-blind readers tell apart from its neighbours, legible on white and on black. */
  readonly colour: string;
  /** Shape of its points, so that no chart rests on colour alone. */
  readonly marker: Marker;
  /** What sets its latency: the poll interval, the reconnect gap of a held request, or nothing but the path. */
  readonly paced: 'interval' | 'hold' | 'push';
  /** What a subscriber has open: requests one after another, one response that does not end, or a socket. */
  readonly carrier: 'requests' | 'response' | 'socket';
  /** A held request is answered by the library's own heartbeat, whatever hold time a client asks for. */
  readonly ownHold?: true;
  /** How it works: one sentence, whose subject is the client. */
  readonly how: string;
  /** Its own way up, as its client file's `openPublisher` goes it; absent where messages are posted. */
  readonly up?: string;
  /**
   * What it is beside the others: one of the four techniques that the folk rankings are about, a library on top of
   * them, what stood in for them before they were everywhere, or the floor beneath all of them.
   */
  readonly family: 'technique' | 'library' | 'fallback' | 'control';
  /** A technique's place in the folk ranking "WebSocket > SSE > long poll > short poll" (1 is said to be best). */
  readonly folkRank?: number;
  /** The transport that it is measured against: what it is built on, or what has taken its place. */
  readonly against?: TransportName;
  /** Where its client can run; the contract suite does so in each of them. */
  readonly hosts: readonly ClientHost[];
  /** It is spoken on a port of its own, which a server opens when it is asked to; otherwise on that of HTTP. */
  readonly ownPort?: true;
  /** Cases of the contract suite that it cannot meet, by their names, each with the reason. */
  readonly declaredGaps?: Readonly<Record<string, string>>;
}

export type Marker =
  | 'circle'
  | 'triangle'
  | 'triangleDown'
  | 'rect'
  | 'rectRot'
  | 'rectRounded'
  | 'star'
  | 'cross'
  | 'crossRot'
  | 'slash'
  | 'line';

const EVERYWHERE = ['node', 'browser'] as const;

const LOADED_BY_PAGE = {
  'tells whoever decorates its Env when a handshake or the head of a stream has come, before all else':
    'What a page loads as a script or into a frame tells nobody that the head of the answer has come.',
} as const;

const REGISTRY = {
  'short-poll': {
    title: 'Short poll',
    colour: '#d55e00',
    marker: 'triangle',
    paced: 'interval',
    carrier: 'requests',
    how: 'Asks at an interval; each request is answered at once with what has come since.',
    family: 'technique',
    folkRank: 4,
    hosts: EVERYWHERE,
  },
  'long-poll': {
    title: 'Long poll',
    colour: '#cc79a7',
    marker: 'rectRot',
    paced: 'hold',
    carrier: 'requests',
    how: 'Asks, and is kept waiting until there is a message or the hold time is over; then it asks again.',
    family: 'technique',
    folkRank: 3,
    hosts: EVERYWHERE,
  },
  sse: {
    title: 'SSE',
    colour: '#009e73',
    marker: 'rect',
    paced: 'push',
    carrier: 'response',
    how: 'Reads one response that does not end with EventSource, which takes it apart into events.',
    family: 'technique',
    folkRank: 2,
    hosts: EVERYWHERE,
  },
  websocket: {
    title: 'WebSocket',
    colour: '#0072b2',
    marker: 'circle',
    paced: 'push',
    carrier: 'socket',
    how: 'Turns one HTTP request into a socket for both directions, on which each message is a frame.',
    up: 'a frame, acknowledged by its id',
    family: 'technique',
    folkRank: 1,
    hosts: EVERYWHERE,
  },
  'socketio-websocket': {
    title: 'Socket.IO, WebSocket',
    colour: '#8460c8',
    marker: 'star',
    paced: 'push',
    carrier: 'socket',
    how: 'Lets Socket.IO 4 open a WebSocket, on which each message is an event with an object.',
    up: 'an event, acknowledged by the library’s own means',
    family: 'library',
    against: 'websocket',
    hosts: EVERYWHERE,
  },
  'socketio-polling': {
    title: 'Socket.IO, polling',
    colour: '#c28800',
    marker: 'crossRot',
    paced: 'hold',
    carrier: 'requests',
    ownHold: true,
    how: 'Lets Socket.IO 4 poll: a held request brings events with an object each, and a POST takes events up.',
    up: 'an event, acknowledged by the library’s own means',
    family: 'library',
    against: 'long-poll',
    hosts: EVERYWHERE,
  },
  ndjson: {
    title: 'NDJSON',
    colour: '#3a9bd9',
    marker: 'rectRounded',
    paced: 'push',
    carrier: 'response',
    how: 'Reads one response that does not end with fetch, a JSON document on each line.',
    family: 'fallback',
    against: 'sse',
    hosts: EVERYWHERE,
  },
  multipart: {
    title: 'Multipart',
    colour: '#666644',
    marker: 'cross',
    paced: 'push',
    carrier: 'response',
    how: 'Reads one response that does not end with fetch, each message a part of a multipart/x-mixed-replace.',
    family: 'fallback',
    against: 'sse',
    hosts: EVERYWHERE,
  },
  'forever-iframe': {
    title: 'Forever iframe',
    colour: '#aa3388',
    marker: 'slash',
    paced: 'push',
    carrier: 'response',
    how: 'Opens an HTML document that does not end in a hidden frame, each message a script that calls the page.',
    family: 'fallback',
    against: 'sse',
    hosts: ['browser'],
    declaredGaps: LOADED_BY_PAGE,
  },
  jsonp: {
    title: 'JSONP',
    colour: '#cc0000',
    marker: 'triangleDown',
    paced: 'hold',
    carrier: 'requests',
    how: 'Asks by a script tag, and is kept waiting for a script that calls the page with the messages.',
    family: 'fallback',
    against: 'long-poll',
    hosts: ['browser'],
    declaredGaps: LOADED_BY_PAGE,
  },
  tcp: {
    title: 'Raw TCP',
    colour: '#7f7f7f',
    marker: 'line',
    paced: 'push',
    carrier: 'socket',
    how: 'Names the feed in its first line on a TCP connection, and reads a JSON document on each line.',
    up: 'a line, acknowledged by its id',
    family: 'control',
    against: 'websocket',
    hosts: ['node'],
    ownPort: true,
  },
} as const satisfies Record<string, Omit<TransportInfo, 'against'> & { readonly against?: string }>;

export type TransportName = keyof typeof REGISTRY;

/** The registry. A name here has a file of the same name in server/transports and in web/clients. */
export const TRANSPORTS: Readonly<Record<TransportName, TransportInfo>> = REGISTRY;

// Object.keys loses the literal type of the keys it returns.
export const TRANSPORT_NAMES = Object.keys(TRANSPORTS) as readonly TransportName[];

export function isTransportName(text: string): text is TransportName {
  return Object.hasOwn(TRANSPORTS, text);
}

/** The four that the folk rankings are about. */
export type Technique = {
  [N in TransportName]: (typeof REGISTRY)[N]['family'] extends 'technique' ? N : never;
}[TransportName];

export const TECHNIQUES: readonly Technique[] = TRANSPORT_NAMES.filter(isTechnique);

export function isTechnique(name: TransportName): name is Technique {
  return TRANSPORTS[name].family === 'technique';
}

/** Those whose client can run there. */
export function transportsOf(host: ClientHost): readonly TransportName[] {
  return TRANSPORT_NAMES.filter((name) => TRANSPORTS[name].hosts.includes(host));
}

/** A technique's place in the folk ranking; behind all of them for what is none. */
export function folkRankOf(name: TransportName): number {
  return TRANSPORTS[name].folkRank ?? TECHNIQUES.length + 1;
}

/** What the notes name that can run nowhere any more. */
export interface RetiredTransport {
  readonly title: string;
  /** The day on which its platform ended: ISO 8601. */
  readonly retiredOn: string;
  readonly reason: string;
}

export const RETIRED: Readonly<Record<string, RetiredTransport>> = {
  'flash-socket': {
    title: 'Flash socket',
    retiredOn: '2020-12-31',
    reason:
      'A TCP socket that a Flash film opened for the page. Adobe ended Flash Player on 31 December 2020; it has refused to run content since 12 January 2021, and no browser has it any more.',
  },
};
