import { TRANSPORTS } from '../../server/wire.ts';
import { Marker } from '../live/marker.tsx';
import type { Change } from './advice.ts';
import { OUTCOME_LOOKS } from './outcomes.ts';
import { outcomeStyle, Sign } from './sign.tsx';

/** Polite against naive: what a server changes by its manners alone. */
export function Advice({ advice, paths }: { readonly advice: readonly Change[]; readonly paths: number }) {
  if (paths === 0) return null;
  const mended = advice.filter(({ better }) => better);
  const spoiled = advice.filter(({ better }) => !better);
  const cells = (changes: readonly Change[]) => changes.reduce((sum, change) => sum + change.paths.length, 0);
  return (
    <section aria-labelledby="advice">
      <h2 id="advice">What a polite server changes</h2>
      <p>
        Heartbeats within the usual idle limits, holds within the usual time limits, <code>no-store</code>,{' '}
        <code>nosniff</code>, and on streams <code>no-transform</code> and <code>X-Accel-Buffering: no</code>:
        nothing else differs between the two servers.{' '}
        {mended.length > 0
          ? `That mends ${cells(mended)} ${cells(mended) === 1 ? 'cell' : 'cells'}.`
          : 'On these paths that mends nothing.'}
        {spoiled.length > 0 && ` It spoils ${cells(spoiled)}.`}
      </p>
      {advice.length > 0 && (
        <ul class="card changes">
          {[...mended, ...spoiled].map((change) => (
            <li key={change.transport + change.from + change.to}>
              <span class="change">
                <Marker name={change.transport} />
                <strong>{TRANSPORTS[change.transport].title}</strong>
                <OutcomeChip outcome={change.from} />
                <span aria-hidden="true">→</span>
                <span class="visually-hidden">becomes</span>
                <OutcomeChip outcome={change.to} />
              </span>
              <span>{change.paths.join('; ')}</span>
            </li>
          ))}
        </ul>
      )}
    </section>
  );
}

function OutcomeChip({ outcome }: { readonly outcome: Change['from'] }) {
  return (
    <span class="chip" style={outcomeStyle(outcome)}>
      <Sign outcome={outcome} />
      {OUTCOME_LOOKS[outcome].word}
    </span>
  );
}
