import { type Signal, useComputed, useSignal } from '@preact/signals';
import { useEffect, useRef } from 'preact/hooks';
import { MANNERS, TECHNIQUES } from '../../server/wire.ts';
import { holdsConnection } from '../live/connections.ts';
import { Segments } from '../live/segments.tsx';
import { joinTabs, otherTabs } from '../live/tabs.ts';
import { TokenForm } from '../live/token-form.tsx';
import { diagnose } from '../probe/diagnose.ts';
import { serialise } from '../probe/file.ts';
import type { ProbeProgress } from '../probe/run-probe.ts';
import type { ProbeResult } from '../probe/schema.ts';
import { inTime } from '../probe/words.ts';
import { createProbe, type Probe, type ProbeSource, SILENCES } from './probe.ts';
import { ProbeFindings } from './probe-findings.tsx';
import { ProbeRows } from './probe-rows.tsx';

/** Connections that a probe holds over HTTP/1.1. */
const HELD = MANNERS.length * TECHNIQUES.filter(holdsConnection).length;

/** Probes what lies between the visitor’s own browser and this server. */
export function ProbePanel({ token }: { readonly token: Signal<string | undefined> }) {
  const made = useRef<Probe | undefined>(undefined);
  made.current ??= createProbe(
    location.origin,
    () => token.peek(),
    (taken) => {
      token.value = taken;
    },
  );
  const probe = made.current;
  const held = useComputed(() => (probe.state.value.kind === 'running' ? HELD : 0));
  useEffect(() => {
    const leaveTabs = joinTabs(held);
    return () => {
      leaveTabs();
      probe.stop();
    };
  }, []);
  const seconds = useSignal<number>(SILENCES[0].seconds);
  const dragged = useSignal(false);
  const state = probe.state.value;
  const running = state.kind === 'running';
  const blind = SILENCES.find((silence) => silence.seconds === seconds.value)?.blind;

  return (
    <section
      id="probe"
      class="card probe"
      aria-labelledby="probe-title"
      tabIndex={-1}
      data-state={state.kind}
      data-dragged={dragged.value ? '' : undefined}
      onDragOver={(event) => {
        event.preventDefault();
        dragged.value = true;
      }}
      onDragLeave={() => {
        dragged.value = false;
      }}
      onDrop={async (event) => {
        event.preventDefault();
        dragged.value = false;
        await loadFile(probe, event.dataTransfer?.files[0]);
      }}
    >
      <h2 id="probe-title">Probe your own path</h2>
      <p>
        Finds out what lies between this browser and {location.host}: messages over the four techniques at
        once, then a silence, then messages again; once from a polite server and once from a naive one.
      </p>
      <div class="row">
        <fieldset class="group" disabled={running}>
          <legend>Silence</legend>
          <Segments
            label="Silence"
            options={SILENCES.map((silence) => ({ value: silence.seconds, label: silence.title }))}
            chosen={seconds.value}
            onChoose={(value) => {
              seconds.value = value;
            }}
          />
        </fieldset>
        {running ? (
          <button type="button" onClick={() => probe.stop()}>
            Stop
          </button>
        ) : (
          <button type="button" class="primary" onClick={() => probe.start(seconds.value)}>
            {state.kind === 'done' ? 'Probe again' : 'Start the probe'}
          </button>
        )}
        {!running && <LoadButton probe={probe} />}
      </div>
      {blind && <p class="hint">{blind}</p>}
      {otherTabs.value.count > 0 && (
        <p class="hint">
          The lab is open in another tab: over HTTP/1.1 its streams take connections that the probe needs.
          Close it first.
        </p>
      )}
      {state.kind === 'token' && (
        <TokenForm
          why={
            state.refused
              ? 'That is not the token this server was started with.'
              : 'To begin a probe takes the token this server was started with.'
          }
          onToken={(given) => probe.start(state.seconds, given)}
        />
      )}
      {state.kind === 'failed' && (
        <p class="notice bad" role="alert">
          {state.reason}
        </p>
      )}
      {running && <Progress progress={state.progress} />}
      {running && <ProbeRows rows={state.progress?.rows ?? []} judged={false} />}
      <p role="status" aria-live="polite" class="visually-hidden">
        {state.kind === 'done' && spoken(state.result)}
      </p>
      {state.kind === 'done' && <Result result={state.result} from={state.from} />}
    </section>
  );
}

/** The result in a breath, for those who listen. */
function spoken(result: ProbeResult): string {
  return `The probe is done. ${diagnose(result)
    .map(({ title }) => title)
    .join('. ')}.`;
}

const PHASES: Readonly<Record<ProbeProgress['phase'], string>> = {
  connecting: 'Connecting all of them',
  live: 'Messages live',
  silence: 'Silence: who is still there after it?',
  waking: 'Messages again',
  waiting: 'Waiting for what has not come',
  done: 'Done',
};

function Progress({ progress }: { readonly progress: ProbeProgress | undefined }) {
  const share = progress ? Math.min(1, progress.elapsedMs / progress.totalMs) : 0;
  return (
    <div class="probe-progress">
      <p role="status">{progress ? PHASES[progress.phase] : 'Reaching the lab'}</p>
      <progress max={1} value={share} aria-label="Progress of the probe" />
      <p class="quiet" aria-hidden="true">
        {progress ? `${inTime(progress.elapsedMs)} of at most ${inTime(progress.totalMs)}` : ''}
      </p>
    </div>
  );
}

function Result({ result, from }: { readonly result: ProbeResult; readonly from: ProbeSource }) {
  return (
    <>
      <p class="quiet">
        {from.kind === 'file' ? `${from.name}: ` : ''}
        {result.url}, {result.startedAt.slice(0, 19).replace('T', ' ')} UTC, silence of{' '}
        {inTime(result.settings.silenceMs)}
        {result.reach.protocol === undefined ? '' : `, ${result.reach.protocol}`}.
      </p>
      {from.kind === 'here' && from.hidden && (
        <p class="notice">
          This page was in the background for a while, where browsers slow timers down: what is late may be so
          for that.
        </p>
      )}
      <ProbeRows rows={result.rows} judged />
      <ProbeFindings result={result} />
      {from.kind === 'here' && (
        <div class="row">
          <button type="button" onClick={() => saveFile(result)}>
            Save as JSON
          </button>
        </div>
      )}
    </>
  );
}

function LoadButton({ probe }: { readonly probe: Probe }) {
  const input = useRef<HTMLInputElement>(null);
  return (
    <>
      <button type="button" onClick={() => input.current?.click()}>
        Load a saved probe
      </button>
      <input
        ref={input}
        type="file"
        accept=".json,application/json"
        aria-label="A saved probe"
        hidden
        onChange={async ({ currentTarget }) => {
          await loadFile(probe, currentTarget.files?.[0]);
          currentTarget.value = '';
        }}
      />
    </>
  );
}

async function loadFile(probe: Probe, file: File | undefined): Promise<void> {
  if (file) probe.load(file.name, await file.text());
}

function saveFile(result: ProbeResult): void {
  const url = URL.createObjectURL(new Blob([serialise(result)], { type: 'application/json' }));
  const link = document.createElement('a');
  link.href = url;
  link.download = `probe-${new URL(result.url).hostname}-${result.startedAt.slice(0, 19).replaceAll(':', '-')}.json`;
  link.click();
  URL.revokeObjectURL(url);
}
