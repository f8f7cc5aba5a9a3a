import { type ReadonlySignal, useComputed } from '@preact/signals';
import { costChart, latencyChart } from '../charts/live.ts';
import type { Prediction } from '../model.ts';
import { ChartView } from './chart.tsx';
import { type Basis, expectation } from './expectation.ts';
import { formatBytes, formatLatency, formatMs, formatRatio, inWords, NONE } from './format.ts';
import type { LiveLab } from './lab.ts';
import type { LiveLine } from './line-figures.ts';
import { currentGround } from './media.ts';
import { Readout } from './readout.tsx';

/** A transport with what the model expects of it, at the moment. */
interface Compared {
  readonly live: LiveLine;
  readonly model: Prediction | undefined;
}

/** Measured beside model: latency, requests per message, bytes per message. Renewed once a second, with the series. */
export function Charts({ lab }: { readonly lab: LiveLab }) {
  const basis = useComputed(() => basisOf(lab));
  const compared = useComputed<readonly Compared[]>(() =>
    lab.shown.value.map((live) => {
      live.series.value; // the model's turnaround is measured as messages come: once a second is often enough
      const workload = lab.workload.value;
      const model =
        basis.value && workload
          ? expectation(live.line.name, basis.value, workload, lab.view.value, live.line.turnaroundMs)
          : undefined;
      return { live, model };
    }),
  );
  return (
    <div class="charts">
      <LatencyCard lab={lab} compared={compared} basis={basis} />
      <RequestsCard compared={compared} />
      <BytesCard lab={lab} compared={compared} />
    </div>
  );
}

function basisOf(lab: LiveLab): Basis | undefined {
  const clock = lab.clock.reading.value;
  if (!clock) return undefined;
  const shortestRoundTripMs = 2 * clock.errorMs;
  const requests = lab.shown.value.flatMap(({ line, series }) => (series.value && line.requestMs) ?? []);
  const roundTripMs = requests.length > 0 ? Math.min(...requests) : shortestRoundTripMs;
  const publisherLagMs = lab.publisher.value?.lagMs ?? 0;
  return { shortestRoundTripMs, roundTripMs, publisherLagMs };
}

function basisInWords(basis: Basis): string {
  const { shortestRoundTripMs, publisherLagMs, roundTripMs } = basis;
  const [half, lag, trip] = [shortestRoundTripMs / 2, publisherLagMs, roundTripMs].map((ms) =>
    inWords(formatMs(ms)),
  );
  return `half the shortest round trip (${half}) and the publisher’s own lag (${lag}); between two held requests, what one that is not held takes at the moment (${trip})`;
}

interface ComparedProps {
  readonly compared: ReadonlySignal<readonly Compared[]>;
}

function LatencyCard({
  lab,
  compared,
  basis,
}: ComparedProps & { readonly lab: LiveLab; readonly basis: ReadonlySignal<Basis | undefined> }) {
  const config = useComputed(() => {
    const lines = compared.value.map(({ live, model }) => {
      const newest = live.series.value.at(-1)?.at ?? 0;
      const points = live.series.value.map(({ at, ...step }) => ({ ...step, x: (at - newest) / 1000 }));
      return { name: live.line.name, points, modelMs: model?.latencyMs };
    });
    return latencyChart(lines, currentGround());
  });
  const errorMs = lab.clock.reading.value?.errorMs ?? 0;
  const periodic = lab.workload.value?.arrival === 'periodic';
  return (
    <section class="card wide" aria-labelledby="latency-title">
      <header class="card-head">
        <h2 id="latency-title">Latency against the model</h2>
      </header>
      <ChartView
        config={config.value}
        label="Mean latency of each transport over the last minute, with the model."
      />
      <Readout
        columns={['mean', 'model']}
        rows={compared.value.map(({ live, model }) => ({
          name: live.line.name,
          cells: [
            inWordsOrNone(formatLatency(live.figures.peek().meter.latency?.meanMs, errorMs)),
            model ? inWords(formatMs(model.latencyMs)) : NONE,
          ],
        }))}
      />
      <p class="hint">
        Lines: mean over three seconds; bands: the middle 80 %. Dashed: what theory expects of the mean
        {basis.value ? ` on a path without queues: ${basisInWords(basis.value)}` : ''}. Nothing of it is taken
        from these latencies.
        {periodic ? ' It assumes Poisson spacing: a periodic publisher can fall in step with polls.' : ''}
      </p>
    </section>
  );
}

function RequestsCard({ compared }: ComparedProps) {
  const config = useComputed(() =>
    costChart(
      {
        title: 'Requests per message',
        parts: ['Requests'],
        bars: compared.value.map(({ live, model }) => {
          const measured = live.figures.peek().meter.requestsPerMessage;
          return {
            name: live.line.name,
            values: measured === undefined ? undefined : [measured],
            model: model?.requestsPerMessage,
          };
        }),
      },
      currentGround(),
    ),
  );
  return (
    <section class="card" aria-labelledby="requests-title">
      <header class="card-head">
        <h2 id="requests-title">HTTP requests per message</h2>
      </header>
      <ChartView config={config.value} label="HTTP requests per message of each transport, with the model." />
      <Readout
        columns={['measured', 'model']}
        rows={compared.value.map(({ live, model }) => ({
          name: live.line.name,
          cells: [
            formatRatio(live.figures.peek().meter.requestsPerMessage),
            model ? formatRatio(model.requestsPerMessage) : NONE,
          ],
        }))}
      />
      <p class="hint">Bars: since the last reset. Line across: the model, at the present settings.</p>
    </section>
  );
}

const PARTS = ['the message', 'framing', 'headers'] as const;

function BytesCard({ lab, compared }: ComparedProps & { readonly lab: LiveLab }) {
  const bytes = useComputed(() =>
    compared.value.map(({ live }) => ({
      name: live.line.name,
      values: bytesPerMessage(live, lab.envelopeBytes.value),
    })),
  );
  const config = useComputed(() =>
    costChart(
      {
        title: 'Bytes per message, up and down',
        parts: PARTS,
        bars: bytes.value.map(({ name, values }) => ({ name, values, model: undefined })),
      },
      currentGround(),
    ),
  );
  return (
    <section class="card" aria-labelledby="bytes-title">
      <header class="card-head">
        <h2 id="bytes-title">Bytes per message</h2>
      </header>
      <ChartView config={config.value} label="Bytes per message of each transport, by what they are." />
      <Readout
        columns={['all', ...PARTS]}
        rows={bytes.value.map(({ name, values }) => ({
          name,
          cells: [values?.reduce((sum, one) => sum + one, 0), ...(values ?? PARTS.map(() => undefined))].map(
            (value) => inWordsOrNone(formatBytes(value)),
          ),
        }))}
      />
      <p class="hint">
        Application bytes at the server’s sockets, both ways. From the bottom up: the message itself, the
        framing around it, the heads of requests and responses.
        {lab.workload.value?.kind === 'binary'
          ? ' A message counts as its envelope, which has the bytes in base64; where they are sent as such, as what is sent.'
          : ''}
      </p>
    </section>
  );
}

/**
 * What each message cost in bytes: itself, its framing, headers. Undefined before there is one. Where bytes are
 * sent as such, a message takes less than its envelope, which has them in base64: it is what is left beside headers.
 */
function bytesPerMessage(
  { figures }: LiveLine,
  envelopeBytes: number | undefined,
): readonly number[] | undefined {
  const { traffic } = figures.peek();
  if (!traffic || traffic.messages === 0 || envelopeBytes === undefined) return undefined;
  const { bytesUp, bytesDown, headerBytes, messages } = traffic;
  const all = (bytesUp + bytesDown) / messages;
  const headers = headerBytes / messages;
  const message = Math.min(envelopeBytes, all - headers);
  return [message, all - headers - message, headers];
}

function inWordsOrNone(quantity: { readonly value: string; readonly unit: string }): string {
  return quantity.value === NONE ? NONE : inWords(quantity);
}
