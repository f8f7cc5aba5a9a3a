import { TRANSPORTS } from '../../server/wire.ts';
import { Marker } from '../live/marker.tsx';
import { groupBy } from '../results/group.ts';
import { type Change, cellCounts, mannersText, ONE_TRIAL, settingsOf } from './advice.ts';
import { FAMILIES, type MatrixRow } from './matrix.ts';
import { OUTCOME_LOOKS } from './outcomes.ts';
import { outcomeStyle, Sign } from './sign.tsx';

/** Polite against naive: what a server changes by its manners alone. */
export function Advice({
  advice,
  rows,
}: {
  readonly advice: readonly Change[];
  readonly rows: readonly MatrixRow[];
}) {
  const settings = settingsOf(rows);
  if (!settings) return null;
  const { polite, naive } = mannersText(settings);
  const mended = cellCounts(advice.filter(({ better }) => better));
  const spoiled = cellCounts(advice.filter(({ better }) => !better));
  return (
    <section aria-labelledby="advice">
      <h2 id="advice">What a polite server changes</h2>
      <p>
        <strong>Polite</strong>: {polite}. <strong>Naive</strong>: {naive}. Nothing else differs. Each cell is
        one trial.{' '}
        {mended === '' ? 'On these paths it mends nothing.' : `Cells that politeness mends: ${mended}.`}
        {spoiled !== '' && ` Cells that get worse: ${spoiled} (${ONE_TRIAL}).`}
      </p>
      {[...groupBy(advice, ({ family }) => family)].map(([family, own]) => (
        <div class="card" key={family}>
          <h3>{FAMILIES[family]}</h3>
          <ul class="changes">
            {own.map((change) => (
              <li key={change.transport + change.from + change.to}>
                <span class="change">
                  <Marker name={change.transport} />
                  <strong>{TRANSPORTS[change.transport].title}</strong>
                  <OutcomeChip outcome={change.from} />
                  <span aria-hidden="true">→</span>
                  <span class="visually-hidden">becomes</span>
                  <OutcomeChip outcome={change.to} />
                </span>
                <span>
                  {change.paths.join('; ')}
                  {!change.better && <span class="hint"> (worse: {ONE_TRIAL})</span>}
                </span>
              </li>
            ))}
          </ul>
        </div>
      ))}
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
