import { PROBLEMS, type Problem, type ProblemCode, type Refusal } from './wire.ts';

/** Something the lab refuses, in words for the person who asked. Becomes a problem document or an error frame. */
export class LabError extends Error {
  override readonly name = 'LabError';
  readonly code: ProblemCode;
  readonly retryAfterMs: number | undefined;

  constructor(code: ProblemCode, detail: string, options: { retryAfterMs?: number; cause?: unknown } = {}) {
    super(detail, options.cause === undefined ? undefined : { cause: options.cause });
    this.code = code;
    this.retryAfterMs = options.retryAfterMs;
  }

  get status(): number {
    return PROBLEMS[this.code];
  }
}

/** Anything thrown, as a LabError; what was not foreseen becomes `internal` and tells the client nothing. */
export function asLabError(error: unknown): LabError {
  if (error instanceof LabError) return error;
  return new LabError('internal', 'The server failed on this request; its log says why.', { cause: error });
}

/** The problem document (RFC 9457) for a refusal. */
export function problemOf(error: LabError): Problem {
  return {
    type: 'about:blank',
    title: error.code.replaceAll('-', ' '),
    status: error.status,
    code: error.code,
    detail: error.message,
  };
}

/** The same where there is no HTTP. */
export function refusalOf({ code, message: detail, retryAfterMs }: LabError): Refusal {
  return { code, detail, ...(retryAfterMs === undefined ? {} : { retryAfterMs }) };
}

/** Headers that go with a problem document. `Retry-After` has whole seconds (RFC 9110 §10.2.3), rounded up. */
export function problemHeaders(error: LabError): Record<string, string> {
  const headers: Record<string, string> = {
    'Content-Type': 'application/problem+json',
    'Cache-Control': 'no-store',
  };
  if (error.retryAfterMs !== undefined) headers['Retry-After'] = String(Math.ceil(error.retryAfterMs / 1000));
  return headers;
}

/** Something that has befallen the server, in words for whoever runs it: where it was noticed is of no use to them. */
export class Incident extends Error {
  override readonly name = 'Incident';
}

/** Where failures go that no client can be told about. */
export type OnError = (error: unknown, context: { readonly stage: string }) => void;
