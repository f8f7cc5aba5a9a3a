import { TRANSPORTS } from '../../server/wire.ts';
import { formatShare } from './findings.ts';
import { FAMILIES, FAMILY_NAMES } from './matrix.ts';
import { JUDGING, type Judgement, measureTitle, PAIRS, type PairOutcome, witnessesOf } from './scores.ts';

const PAIR_LOOKS: Readonly<Record<PairOutcome, { readonly sign: string; readonly word: string }>> = {
  reproduced: { sign: '✓', word: 'reproduced' },
  refuted: { sign: '✗', word: 'refuted' },
  mixed: { sign: '±', word: 'mixed' },
  tie: { sign: '=', word: 'tie' },
};

/**
 * The folk order judged pair by pair with witnesses by name: browsers and the family of paths that verdicts are
 * about, and every other family in a table of its own. Never added up.
 */
export function Pairs({
  judgements,
  claims,
}: {
  readonly judgements: readonly Judgement[];
  readonly claims: boolean;
}) {
  const [lead, ...others] = FAMILY_NAMES.flatMap((family) => {
    const own = judgements.filter(({ measure }) => measure.kind === 'paths' && measure.family === family);
    return own.length > 0 ? [{ family, own }] : [];
  });
  const browsers = judgements.filter(({ measure }) => measure.kind === 'browsers');
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
      <PairTable
        title={lead ? FAMILIES[lead.family] : 'Browsers'}
        judgements={[...(lead?.own ?? []), ...browsers]}
        claims={claims}
      />
      {others.map(({ family, own }) => (
        <details key={family}>
          <summary>
            {FAMILIES[family]}
            {own.every(({ outcome }) => outcome === 'tie') && ': no pair differs'}
          </summary>
          <PairTable title={FAMILIES[family]} judgements={own} claims={claims} />
        </details>
      ))}
    </section>
  );
}

function PairTable({
  title,
  judgements,
  claims,
}: {
  readonly title: string;
  readonly judgements: readonly Judgement[];
  readonly claims: boolean;
}) {
  const measures = [...new Set(judgements.map(({ measure }) => measure))];
  const paths = measures.filter(({ kind }) => kind === 'paths').length;
  const browsers = measures.length - paths;
  return (
    <>
      <div class="wide card">
        <table class={claims ? 'matrix' : 'matrix quick'}>
          <thead>
            {paths > 0 && browsers > 0 && (
              <tr>
                <td />
                <th scope="colgroup" colSpan={paths}>
                  {title}
                </th>
                <th scope="colgroup" colSpan={browsers}>
                  Browsers
                </th>
              </tr>
            )}
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
    </>
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
