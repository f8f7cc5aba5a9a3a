import type { IncomingHttpHeaders } from 'node:http';
import express, { type ErrorRequestHandler, type Express, Router } from 'express';
import { type Access, bearerToken } from './access.ts';
import { readClock } from './clock.ts';
import { sendProblem } from './feed-endpoint.ts';
import type { Metrics } from './metrics.ts';
import { pageHeaders, selfContainedPages } from './page-policy.ts';
import { type Probes, parseProbePlan } from './probes.ts';
import { LabError, type OnError } from './problem.ts';
import { listRuns } from './runs.ts';
import {
  CLIENT_PATTERN,
  type Echo,
  type Stats,
  TOPIC_PATTERN,
  WORKLOAD_RANGES,
  type Workload,
} from './wire.ts';

/** The synthetic publisher, wherever it is. */
export interface WorkloadControl {
  read(): Promise<Workload>;
  set(settings: Workload): Promise<void>;
}

export interface ApiParts {
  readonly access: Access;
  readonly workload: WorkloadControl;
  readonly probes: Probes;
  readonly stats: (client?: string) => Promise<Stats>;
  readonly metrics: Metrics;
  readonly onError: OnError;
  /** Where `vite build` has put the dashboard. */
  readonly dashboardDir: string;
  readonly resultsDir: string;
}

/** All but the feeds: the dashboard, the API, the results. */
export function createApi(parts: ApiParts): Express {
  const { access, workload, probes, stats, metrics, onError, dashboardDir, resultsDir } = parts;
  const app = express();
  app.disable('x-powered-by');
  app.use(pageHeaders());
  app.use((request, response, next) => {
    if (!access.applyCors(request, response)) next();
  });

  const api = Router();
  api.use((_request, response, next) => {
    response.setHeader('Cache-Control', 'no-store');
    next();
  });
  api.get('/clock', (_request, response) => {
    response.json(readClock());
  });
  api.get('/stats', async (request, response) => {
    const { client } = request.query;
    if (client !== undefined && (typeof client !== 'string' || !CLIENT_PATTERN.test(client))) {
      throw new LabError('bad-value', `client=${JSON.stringify(client)} is no label.`);
    }
    response.json(await stats(client));
  });
  api.get('/workload', async (_request, response) => {
    response.json(await workload.read());
  });
  api.put('/workload', express.json({ limit: '16kb' }), async (request, response) => {
    access.checkOrigin(request);
    access.authorize(bearerToken(request));
    const settings = parseWorkload(request.body, await workload.read());
    await workload.set(settings);
    response.json(settings);
  });
  api.get('/echo', ({ httpVersion, headers }, response) => {
    response.json({ httpVersion, headers: echoed(headers) } satisfies Echo);
  });
  // Its Origin is not checked, since a proxy that renames the Host would keep out its own visitors, who are those
  // that have something to probe. Other sites' pages are kept out by CORS: a body of type application/json
  // wants a preflight, and any other is not read.
  api.post('/probes', express.json({ limit: '16kb' }), (request, response) => {
    access.authorize(bearerToken(request));
    response.status(201).json(probes.start(parseProbePlan(request.body), request.socket.remoteAddress ?? ''));
  });
  api.get('/probes/:topic', (request, response) => {
    response.json(probes.sightings(request.params.topic));
  });
  api.get('/results', async (_request, response) => {
    response.json(await listRuns(resultsDir));
  });
  app.use('/api', api);

  app.get('/healthz', (_request, response) => {
    response.setHeader('Cache-Control', 'no-store');
    response.json({ status: 'ok' });
  });
  app.get('/metrics', async (_request, response) => {
    const { contentType, text } = await metrics.expose();
    response.type(contentType).send(text);
  });
  app.use('/results', selfContainedPages(resultsDir), express.static(resultsDir));
  app.use(express.static(dashboardDir));
  app.use((request, _response, next) => {
    next(new LabError('not-found', `There is nothing at ${request.path.slice(0, 200)}.`));
  });
  const answerError: ErrorRequestHandler = (error, _request, response, _next) => {
    sendProblem(response, fromExpress(error), onError);
  };
  app.use(answerError);
  return app;
}

/**
 * What a client sent in confidence, or a proxy that signs users in put there for the server alone: a page's code
 * has no business with it, and an echo ends up in files that people pass on.
 */
const SECRET_HEADER = /auth(?!ority)|cookie|token|secret|jwt|assertion|api-?key|session|client-cert|oidc/;

function echoed(headers: IncomingHttpHeaders): Echo['headers'] {
  return Object.fromEntries(
    Object.entries(headers).flatMap(([name, value]) =>
      value === undefined || SECRET_HEADER.test(name) ? [] : [[name, String(value)]],
    ),
  );
}

/** Errors of Express's own parts (http-errors) carry a status. */
function fromExpress(error: unknown): unknown {
  if (error instanceof LabError || !(error instanceof Error) || !('status' in error)) return error;
  if (error.status === 413) return new LabError('too-large', 'The body is over 16 KiB.', { cause: error });
  if (error.status === 404) return new LabError('not-found', 'There is nothing here.', { cause: error });
  if (typeof error.status === 'number' && error.status < 500) {
    return new LabError('bad-value', `The request cannot be read: ${error.message}`, { cause: error });
  }
  return error;
}

/** The settings in force with the given fields changed. Throws `bad-value` that names field and value. */
export function parseWorkload(body: unknown, settings: Workload): Workload {
  if (typeof body !== 'object' || body === null || Array.isArray(body)) {
    throw new LabError('bad-value', 'The workload is a JSON object, sent as application/json.');
  }
  const wanted: Record<string, unknown> = { ...settings };
  for (const [field, value] of Object.entries(body)) {
    if (!isWorkloadValue(field, value)) {
      throw new LabError(
        'bad-value',
        `${field} = ${JSON.stringify(value).slice(0, 80)} is not possible: ${workloadRange(field)}.`,
      );
    }
    wanted[field] = value;
  }
  const workload = wanted as unknown as Workload; // every field was there before or has been checked
  if (workload.kind === 'binary' && workload.payloadBytes === 0) {
    throw new LabError(
      'bad-value',
      'payloadBytes = 0 is not possible with kind = "binary": 1 byte at least.',
    );
  }
  return workload;
}

function isWorkloadValue(field: string, value: unknown): boolean {
  if (field === 'topic') return typeof value === 'string' && TOPIC_PATTERN.test(value);
  if (field === 'arrival') return value === 'poisson' || value === 'periodic';
  if (field === 'kind') return value === 'text' || value === 'binary';
  if (!Object.hasOwn(WORKLOAD_RANGES, field)) return false;
  const { min, max } = WORKLOAD_RANGES[field as keyof typeof WORKLOAD_RANGES]; // hasOwn, just above
  const whole = field === 'ratePerSecond' || Number.isInteger(value);
  return typeof value === 'number' && whole && value >= min && value <= max;
}

function workloadRange(field: string): string {
  if (field === 'topic') return 'a topic name';
  if (field === 'arrival') return '"poisson" or "periodic"';
  if (field === 'kind') return '"text" or "binary"';
  if (!Object.hasOwn(WORKLOAD_RANGES, field)) return 'there is no such setting';
  const { min, max } = WORKLOAD_RANGES[field as keyof typeof WORKLOAD_RANGES]; // hasOwn, just above
  return `${min} to ${max}`;
}
