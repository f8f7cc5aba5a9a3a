import { useSignal } from '@preact/signals';
import { MANNERS, type Manners, TECHNIQUES, TRANSPORTS, type TransportName } from '../../server/wire.ts';
import { Marker } from '../live/marker.tsx';
import { furtherLanes } from '../probe/lanes.ts';
import type { ProbeRow } from '../probe/schema.ts';
import { times } from '../probe/words.ts';
import { FactList } from '../results/fact-list.tsx';
import { cellFacts } from './cell-facts.ts';
import { outcomeWords } from './outcomes.ts';
import { outcomeStyle, Sign } from './sign.tsx';

const SERVERS: Readonly<Record<Manners, string>> = { polite: 'Polite', naive: 'Naive' };

/** A row for each technique, and for what else a probe is about, with both servers: judged when it is over. */
export function ProbeRows({
  rows,
  judged,
}: {
  readonly rows: readonly ProbeRow[];
  /** What becomes of a row is not known before the end. */
  readonly judged: boolean;
}) {
  const opened = useSignal<string | undefined>(undefined);
  return (
    <div class="probe-rows">
      {[...TECHNIQUES, ...furtherLanes(rows)].map((name) => (
        <section
          key={name}
          class="probe-row"
          data-transport={name}
          aria-label={TRANSPORTS[name].title}
          style={{ '--transport': TRANSPORTS[name].colour }}
        >
          <h3>
            <Marker name={name} />
            {TRANSPORTS[name].title}
          </h3>
          {MANNERS.map((manners) => (
            <Server
              key={manners}
              manners={manners}
              row={find(rows, name, manners)}
              judged={judged}
              expanded={opened.value === name + manners}
              onToggle={() => {
                opened.value = opened.value === name + manners ? undefined : name + manners;
              }}
            />
          ))}
        </section>
      ))}
    </div>
  );
}

function find(rows: readonly ProbeRow[], transport: TransportName, manners: Manners): ProbeRow | undefined {
  return rows.find((row) => row.transport === transport && row.manners === manners);
}

function Server({
  manners,
  row,
  judged,
  expanded,
  onToggle,
}: {
  readonly manners: Manners;
  readonly row: ProbeRow | undefined;
  readonly judged: boolean;
  readonly expanded: boolean;
  readonly onToggle: () => void;
}) {
  const share = row && row.expected > 0 ? row.delivered / row.expected : 0;
  return (
    <div class="probe-server" data-manners={manners} data-outcome={judged ? row?.outcome : undefined}>
      <span class="name">{SERVERS[manners]}</span>
      <span class="meter" aria-hidden="true">
        <span style={{ '--share': share }} />
      </span>
      <span class="count">
        {row ? `${row.delivered} of ${row.expected}` : '–'}
        {row && row.cuts > 0 && !judged && <span class="cut"> cut {times(row.cuts)}</span>}
      </span>
      {judged && row && (
        <>
          <button
            type="button"
            class="chip"
            style={outcomeStyle(row.outcome)}
            aria-expanded={expanded}
            onClick={onToggle}
          >
            <Sign outcome={row.outcome} />
            {outcomeWords(row)}
          </button>
          {row.failure && <span class="reason">{row.failure.reason}</span>}
          {expanded && <FactList facts={cellFacts(row)} />}
        </>
      )}
    </div>
  );
}
