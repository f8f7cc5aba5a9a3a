import { TRANSPORTS } from '../../server/wire.ts';
import type { ConnectionState } from '../clients/client.ts';
import {
  formatBytes,
  formatCount,
  formatLatency,
  formatMs,
  formatRatio,
  inWords,
  NONE,
  type Quantity,
} from './format.ts';
import type { LiveLab } from './lab.ts';
import type { Figures, LiveLine } from './line-figures.ts';
import { Marker } from './marker.tsx';
import type { Comparison } from './traffic-window.ts';

export const CUT_MS = 5000;

/** One transport: how its line is, what it delivers, what it costs. */
export function Panel({ lab, live }: { readonly lab: LiveLab; readonly live: LiveLine }) {
  const { name } = live.line;
  const { title, colour } = TRANSPORTS[name];
  const id = `panel-${name}`;
  const waits = lab.lanes.allotment.value.waiting.includes(name);
  const running = live.line.running.value || waits;
  const names = [name];
  return (
    <article class="card panel" aria-labelledby={id} style={{ '--transport': colour }} data-transport={name}>
      <header class="panel-head">
        <Marker name={name} />
        <h3 id={id}>{title}</h3>
        <LineState lab={lab} live={live} />
      </header>
      <Latency lab={lab} live={live} />
      <Costs live={live} />
      <Integrity live={live} />
      <footer class="panel-foot">
        <button type="button" onClick={() => lab.setRunning(names, !running)}>
          {running ? 'Stop' : 'Start'}
          <span class="visually-hidden"> {title}</span>
        </button>
        <button type="button" disabled={!live.line.running.value} onClick={() => lab.cut(names, CUT_MS)}>
          Cut for {CUT_MS / 1000} s<span class="visually-hidden">: {title}</span>
        </button>
      </footer>
    </article>
  );
}

const STATES = {
  starting: 'Waiting for the server',
  queued: 'Waits for a connection',
  connecting: 'Connecting',
  open: 'Open',
  waiting: 'Waiting to reconnect',
  cut: 'Cut',
  closed: 'Stopped',
} as const;

function LineState({ lab, live }: { readonly lab: LiveLab; readonly live: LiveLine }) {
  const { meter, cutForMs } = live.figures.value;
  const refusal = live.line.refusal.value;
  if (refusal !== undefined) {
    return (
      <span class="state" data-state="refused" title={refusal}>
        Refused: {refusal}
      </span>
    );
  }
  const state = stateOf(lab, live, meter.state);
  const text = state === 'cut' ? `Cut, back in ${Math.ceil(cutForMs / 1000)} s` : STATES[state];
  return (
    <span class="state" data-state={state} title={meter.error ?? ''}>
      {text}
    </span>
  );
}

function stateOf(lab: LiveLab, { line }: LiveLine, state: ConnectionState | undefined): keyof typeof STATES {
  if (lab.lanes.allotment.value.waiting.includes(line.name)) return 'queued';
  if (!line.running.value) return lab.server.value.kind === 'starting' ? 'starting' : 'closed';
  const outage = line.trace.outages.items.at(-1);
  // Between two attempts it connects for moments: that is waiting still.
  if (outage && outage.end === undefined) return outage.cut ? 'cut' : 'waiting';
  return state === undefined || state === 'closed' ? 'connecting' : state;
}

function Latency({ lab, live }: { readonly lab: LiveLab; readonly live: LiveLine }) {
  const { meter } = live.figures.value;
  const errorMs = lab.clock.reading.value?.errorMs ?? 0;
  const open = live.line.running.value && meter.state === 'open';
  const now = formatLatency(open ? meter.nowMs : undefined, errorMs);
  const negative = meter.latency?.negative ?? 0;
  return (
    <dl class="latency" aria-label="Latency">
      <div class="now">
        <dt>latency now</dt>
        <Value quantity={now} />
      </div>
      <div>
        <dt>p50</dt>
        <Value quantity={formatLatency(meter.latency?.p50Ms, errorMs)} />
      </div>
      <div>
        <dt>p99</dt>
        <Value quantity={formatLatency(meter.latency?.p99Ms, errorMs)} />
      </div>
      {negative > 0 ? (
        <p class="hint">
          {formatCount(negative)} below zero: the clocks are only known to ±
          {inWords(formatLatency(errorMs, 0))}. Counted as 0.
        </p>
      ) : null}
    </dl>
  );
}

function Value({ quantity: { value, unit } }: { readonly quantity: Quantity }) {
  return (
    <dd>
      {value}
      {value === NONE ? null : <span class="unit"> {unit}</span>}
    </dd>
  );
}

function Costs({ live }: { readonly live: LiveLine }) {
  const { meter, traffic } = live.figures.value;
  return (
    <dl class="figures">
      <Figure name="Messages" value={formatCount(meter.received)} />
      <Figure name="HTTP requests" value={formatCount(meter.requests)} note={requestNote(meter)} />
      <Figure name="Requests per message" value={formatRatio(meter.requestsPerMessage)} />
      <Figure name="Bytes down" value={inWords(formatBytes(traffic?.bytesDown))} />
      <Figure name="Bytes up" value={inWords(formatBytes(traffic?.bytesUp))} />
      <Beside live={live} />
    </dl>
  );
}

/** Bytes per message beside those of the transport that it is measured against, where both have run for a while. */
function Beside({ live }: { readonly live: LiveLine }) {
  const { against } = TRANSPORTS[live.line.name];
  if (!against) return null;
  const { title } = TRANSPORTS[against];
  const { comparison } = live.figures.value;
  return (
    <div title={comparison ? inFull(comparison, title) : `Shown once ${title} runs beside it for a while`}>
      <dt>Bytes per message</dt>
      <dd>
        {comparison ? `${formatRatio(ratioOf(comparison))}×` : NONE} <span class="note">{title}</span>
      </dd>
    </div>
  );
}

function ratioOf({ bytesPerMessage, otherBytesPerMessage }: Comparison): number {
  return bytesPerMessage / otherBytesPerMessage;
}

function inFull({ bytesPerMessage, otherBytesPerMessage, overMs }: Comparison, title: string): string {
  const [own, other] = [bytesPerMessage, otherBytesPerMessage].map((bytes) => inWords(formatBytes(bytes)));
  return `${own} against ${other} of ${title}, both over the same ${inWords(formatMs(overMs))}, without connecting`;
}

function requestNote({ empty, failed }: Figures['meter']): string | undefined {
  const parts = [
    ...(empty > 0 ? [`${formatCount(empty)} empty`] : []),
    ...(failed > 0 ? [`${formatCount(failed)} failed`] : []),
  ];
  return parts.length > 0 ? parts.join(', ') : undefined;
}

interface FigureProps {
  readonly name: string;
  readonly value: string;
  readonly note?: string | undefined;
}

function Figure({ name, value, note }: FigureProps) {
  return (
    <div>
      <dt>
        {name}
        {note === undefined ? null : <span class="note"> ({note})</span>}
      </dt>
      <dd>{value}</dd>
    </div>
  );
}

/** Loss beside latency: zero is what a feed promises. */
function Integrity({ live }: { readonly live: LiveLine }) {
  const { meter } = live.figures.value;
  const lost = meter.announcedLost > 0 ? ` (${formatCount(meter.announcedLost)})` : '';
  return (
    <dl class="integrity">
      <Check name="Missing" count={meter.missing} bad />
      <Check name="Duplicates" count={meter.duplicates} bad />
      <Check name="Reordered" count={meter.reordered} bad />
      <Check name="Gaps" count={meter.gaps} more={lost} title="Losses the server has announced" />
      <Check name="Reconnects" count={meter.reconnects} />
    </dl>
  );
}

interface CheckProps {
  readonly name: string;
  readonly count: number;
  readonly more?: string;
  readonly title?: string;
  readonly bad?: boolean;
}

function Check({ name, count, more = '', title = '', bad = false }: CheckProps) {
  return (
    <div data-level={count === 0 ? 'none' : bad ? 'bad' : 'note'} title={title}>
      <dt>{name}</dt>
      <dd>
        {formatCount(count)}
        {more}
      </dd>
    </div>
  );
}
