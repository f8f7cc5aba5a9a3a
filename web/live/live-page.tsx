import { effect, type ReadonlySignal, useSignal } from '@preact/signals';
import { useEffect } from 'preact/hooks';
import { TRANSPORT_NAMES } from '../../server/wire.ts';
import { Charts } from './charts.tsx';
import { Controls } from './controls.tsx';
import { formatMs, formatRatio, inWords } from './format.ts';
import { type LiveLab, startLiveLab } from './lab.ts';
import { LaneChooser } from './lane-chooser.tsx';
import { Notices } from './notices.tsx';
import { Panel } from './panel.tsx';
import { formatLink, parseLink } from './settings.ts';
import { joinTabs } from './tabs.ts';
import { Timeline } from './timeline.tsx';
import { TransportsTable } from './transports-table.tsx';

/** The live dashboard. Its subscriptions last as long as it is shown. */
export function LivePage({ token }: { readonly token: ReadonlySignal<string | undefined> }) {
  const lab = useSignal<LiveLab | undefined>(undefined);
  useEffect(() => {
    const started = startLiveLab(location.origin, newLabel(), parseLink(location.search), token.peek());
    lab.value = started;
    const leaveTabs = joinTabs(started.lanes.held);
    const stopLinking = effect(() => writeLink(started));
    return () => {
      stopLinking();
      leaveTabs();
      started.stop();
    };
  }, []);
  return (
    <main id="main" class="live">
      <div class="page-head">
        <h1>One feed, {TRANSPORT_NAMES.length} ways to carry it</h1>
        {lab.value ? <Health lab={lab.value} /> : null}
      </div>
      {lab.value ? <Dashboard lab={lab.value} /> : null}
    </main>
  );
}

function Dashboard({ lab }: { readonly lab: LiveLab }) {
  return (
    <>
      <Controls lab={lab} />
      <LaneChooser lab={lab} />
      <Notices lab={lab} />
      {lab.shown.value.length > 0 ? (
        <Lanes lab={lab} />
      ) : (
        <p class="card">Nothing runs. Switch on a transport above, and its line is shown here.</p>
      )}
      <TransportsTable />
    </>
  );
}

function Lanes({ lab }: { readonly lab: LiveLab }) {
  return (
    <>
      <Timeline lab={lab} />
      <section aria-labelledby="panels-title">
        <h2 id="panels-title" class="visually-hidden">
          What each delivers, and what it costs
        </h2>
        <div class="panels">
          {lab.shown.value.map((live) => (
            <Panel key={live.line.name} lab={lab} live={live} />
          ))}
        </div>
      </section>
      <Charts lab={lab} />
    </>
  );
}

/** What the figures rest on: the clock and the publisher. */
function Health({ lab }: { readonly lab: LiveLab }) {
  const server = lab.server.value;
  const clock = lab.clock.reading.value;
  const publisher = lab.publisher.value;
  const states = { starting: 'Measuring the clock', here: 'Connected', gone: 'No answer' } as const;
  return (
    <dl class="health">
      <div>
        <dt>Server</dt>
        <dd class="state" data-state={{ starting: 'connecting', here: 'open', gone: 'waiting' }[server.kind]}>
          {states[server.kind]}
        </dd>
      </div>
      <div title="How far the server’s clock can be off from what this page takes it for: half the shortest round trip">
        <dt>Clock</dt>
        <dd>{clock ? `±${inWords(formatMs(clock.errorMs))}` : 'unknown'}</dd>
      </div>
      <div title="What the server has really published over the last seconds, and how late it was with it">
        <dt>Published</dt>
        <dd>
          {publisher && server.kind === 'here' ? `${formatRatio(publisher.ratePerSecond)} msg/s` : '–'}
          {publisher?.lagMs === undefined || server.kind !== 'here'
            ? ''
            : `, ${inWords(formatMs(publisher.lagMs))} late`}
        </dd>
      </div>
    </dl>
  );
}

/** Keeps the settings in the page's query, and leaves everything else of its address alone. */
function writeLink(lab: LiveLab): void {
  const workload = lab.workload.value;
  const linked = lab.workloadLinked.value ? workload : undefined;
  const query = formatLink({ view: lab.view.value, workload: linked ?? {} });
  const url = new URL(location.href);
  url.search = query;
  if (url.href !== location.href && lab.server.value.kind !== 'starting')
    history.replaceState(history.state, '', url);
}

/** The label under which the server tells this page's traffic from others'. */
function newLabel(): string {
  return `page-${Math.random().toString(36).slice(2, 12)}`;
}
