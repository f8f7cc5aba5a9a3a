import { useSignal } from '@preact/signals';
import type { Workload } from '../../server/wire.ts';
import type { LiveLab } from './lab.ts';
import { NumberField } from './number-field.tsx';
import { CUT_MS } from './panel.tsx';
import { PublishForm } from './publish-form.tsx';
import { Segments } from './segments.tsx';
import { NUMBER_SETTINGS } from './settings.ts';

/** Messages a second that show different things: none, few, some, many. */
const RATES = [0, 2, 20, 200].map((value) => ({ value, label: String(value) }));
const ARRIVALS: readonly { readonly value: Workload['arrival']; readonly label: string }[] = [
  { value: 'poisson', label: 'Poisson' },
  { value: 'periodic', label: 'Periodic' },
];

const KINDS: readonly { readonly value: Workload['kind']; readonly label: string }[] = [
  { value: 'text', label: 'Text' },
  { value: 'binary', label: 'Binary' },
];

/** All that can be set: what is published, how it is fetched, and what befalls the line. */
export function Controls({ lab }: { readonly lab: LiveLab }) {
  return (
    <section class="controls" aria-label="Settings">
      <PublisherControls lab={lab} />
      <FetchControls lab={lab} />
      <LineControls lab={lab} />
      <PublishForm lab={lab} />
    </section>
  );
}

function PublisherControls({ lab }: { readonly lab: LiveLab }) {
  const workload = lab.workload.value;
  const rate = workload?.ratePerSecond;
  return (
    <fieldset class="group" disabled={!workload || lab.server.value.kind === 'gone'}>
      <legend>The server publishes</legend>
      <div class="row">
        <Segments
          label="Rate, messages a second"
          options={RATES}
          chosen={rate}
          onChoose={(ratePerSecond) => lab.setWorkload({ ratePerSecond })}
        />
        <NumberField
          label="Rate"
          unit="msg/s"
          value={rate}
          range={NUMBER_SETTINGS.rate}
          step="any"
          onValue={(ratePerSecond) => lab.setWorkload({ ratePerSecond })}
        />
        <NumberField
          label="Payload"
          unit="B"
          value={workload?.payloadBytes}
          range={
            workload?.kind === 'binary' ? { ...NUMBER_SETTINGS.payload, min: 1 } : NUMBER_SETTINGS.payload
          }
          step={1}
          onValue={(payloadBytes) => lab.setWorkload({ payloadBytes })}
        />
        <Segments
          label="What the messages carry"
          options={KINDS}
          chosen={workload?.kind}
          onChoose={(kind) => lab.setWorkload({ kind })}
        />
        <Segments
          label="Spacing of the messages"
          options={ARRIVALS}
          chosen={workload?.arrival}
          onChoose={(arrival) => lab.setWorkload({ arrival })}
        />
      </div>
    </fieldset>
  );
}

function FetchControls({ lab }: { readonly lab: LiveLab }) {
  const { intervalMs, holdMs } = lab.view.value;
  return (
    <fieldset class="group">
      <legend>This page polls</legend>
      <div class="row">
        <NumberField
          label="Poll interval"
          unit="ms"
          value={intervalMs}
          range={NUMBER_SETTINGS.interval}
          step={1}
          onValue={(value) => lab.setView({ intervalMs: value })}
        />
        <NumberField
          label="Hold time"
          unit="s"
          value={holdMs / 1000}
          range={NUMBER_SETTINGS.hold}
          step={1}
          onValue={(value) => lab.setView({ holdMs: value * 1000 })}
        />
      </div>
    </fieldset>
  );
}

function LineControls({ lab }: { readonly lab: LiveLab }) {
  const names = lab.lanes.shown.value;
  const running = lab.view.value.lanes.length;
  const resetting = useSignal(false);
  const reset = async (): Promise<void> => {
    resetting.value = true;
    await lab.reset();
    resetting.value = false;
  };
  return (
    <fieldset class="group">
      <legend>All that are on</legend>
      <div class="row">
        <button type="button" disabled={running === names.length} onClick={() => lab.setRunning(names, true)}>
          Start all
        </button>
        <button type="button" disabled={running === 0} onClick={() => lab.setRunning(names, false)}>
          Stop all
        </button>
        <button type="button" disabled={running === 0} onClick={() => lab.cut(names, CUT_MS)}>
          Cut all for {CUT_MS / 1000} s
        </button>
        <button type="button" disabled={resetting.value} onClick={reset}>
          Reset figures
        </button>
      </div>
    </fieldset>
  );
}
