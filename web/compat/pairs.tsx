import { useSignal } from '@preact/signals';
import { TRANSPORTS } from '../../server/wire.ts';
import { Segments } from '../live/segments.tsx';
import { formatShare } from './findings.ts';
import { FAMILIES, FAMILY_NAMES, type Family, type MatrixRow } from './matrix.ts';
import type { Support } from './schema.ts';
import {
  JUDGING,
  type Judgement,
  judgePairs,
  MEASURES,
  measureTitle,
  PAIRS,
  type PairOutcome,
  witnessesOf,
} from './scores.ts';

const PAIR_LOOKS: Readonly<Record<PairOutcome, { readonly sign: string; readonly word: string }>> = {
  reproduced: { sign: '✓', word: 'reproduced' },
  refuted: { sign: '✗', word: 'refuted' },
  mixed: { sign: '±', word: 'mixed' },
  tie: { sign: '=', word: 'tie' },
};

/** The folk order judged pair by pair, by all paths or by one family of them, with witnesses by name. */
export function Pairs({
  rows,
  support,
  claims,
}: {
  readonly rows: readonly MatrixRow[];
  readonly support: Support | null;
  readonly claims: boolean;
}) {
  const family = useSignal<Family | 'all'>('all');
  const judgements = judgePairs(
    rows.filter((row) => family.value === 'all' || row.family === family.value),
    support,
  );
  const measures = MEASURES.filter((measure) => judgements.some((one) => one.measure === measure));
  const families = FAMILY_NAMES.filter((name) => rows.some((row) => row.family === name));
  return (
    <section aria-labelledby="pairs">
      <h2 id="pairs">The folk order, pair by pair</h2>
      <p class="quiet">
        Paths on which the first is better, to those on which the second is; shares of browsers.{' '}
        {Object.values(PAIR_LOOKS)
          .map(({ sign, word }) => `${sign} ${word}`)
          .join(', ')}
        . {JUDGING}
      </p>
      <Segments
        label="Which paths"
        options={[
          { value: 'all', label: 'All paths' },
          ...families.map((name) => ({ value: name, label: FAMILIES[name] })),
        ]}
        chosen={family.value}
        onChoose={(value) => {
          family.value = value;
        }}
      />
      <div class="wide card">
        <table class={claims ? 'matrix' : 'matrix quick'}>
          <thead>
            <tr>
              <th scope="col">Pair</th>
              {measures.map((measure) => (
                <th scope="col" key={measureTitle(measure)}>
                  {measureTitle(measure)}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {PAIRS.map((pair) => (
              <tr key={pair.better + pair.worse}>
                <th scope="row">{pairTitle({ pair })}</th>
                {measures.map((measure) => (
                  <PairCell
                    key={measureTitle(measure)}
                    judgement={judgements.find((one) => one.pair === pair && one.measure === measure)}
                  />
                ))}
              </tr>
            ))}
          </tbody>
        </table>
      </div>
      <WitnessList judgements={judgements} />
    </section>
  );
}

function PairCell({ judgement }: { readonly judgement: Judgement | undefined }) {
  if (!judgement) return <td />;
  const { outcome, shares, wins, losses } = judgement;
  return (
    <td class={outcome}>
      <span aria-hidden="true">{PAIR_LOOKS[outcome].sign}</span>{' '}
      <span class="visually-hidden">{PAIR_LOOKS[outcome].word}: </span>
      {shares
        ? `${formatShare(shares.better)} to ${formatShare(shares.worse)}`
        : `${wins.length} to ${losses.length}`}
    </td>
  );
}

function WitnessList({ judgements }: { readonly judgements: readonly Judgement[] }) {
  const witnesses = witnessesOf(judgements);
  if (witnesses.length === 0) return null;
  return (
    <div class="card">
      <h3>Witnesses</h3>
      {PAIRS.map((pair) => {
        const own = witnesses.filter((one) => one.pair === pair);
        if (own.length === 0) return null;
        return (
          <details key={pair.better + pair.worse}>
            <summary>{pairTitle({ pair })}</summary>
            {own.map(({ title, wins, losses }) => (
              <div class="witnesses" key={title}>
                <h4>{title}</h4>
                {wins.length > 0 && (
                  <p>
                    <strong>{TRANSPORTS[pair.better].title} is better</strong>: {wins.join('; ')}.
                  </p>
                )}
                {losses.length > 0 && (
                  <p>
                    <strong>{TRANSPORTS[pair.worse].title} is better</strong>: {losses.join('; ')}.
                  </p>
                )}
              </div>
            ))}
          </details>
        );
      })}
    </div>
  );
}

function pairTitle({ pair }: Pick<Judgement, 'pair'>): string {
  return `${TRANSPORTS[pair.better].title} > ${TRANSPORTS[pair.worse].title}`;
}
