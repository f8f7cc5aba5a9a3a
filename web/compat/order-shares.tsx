import { groupBy } from '../results/group.ts';
import { formatShare } from './findings.ts';
import { FAMILIES } from './matrix.ts';
import { PATH_SCORES } from './scores.ts';
import type { WeightedOrders } from './weights.ts';

/** Orders that come out more rarely than the first so many are only counted. */
const NAMED = 4;

/** How the order changes when the weights of a family's rows are drawn at random. */
export function Weights({
  weights,
  bias,
}: {
  readonly weights: readonly WeightedOrders[];
  readonly bias: readonly string[];
}) {
  const [lead, ...others] = [...groupBy(weights, ({ family }) => family)];
  return (
    <section aria-labelledby="weights">
      <h2 id="weights">If nobody knows what a path is worth</h2>
      {lead && (
        <>
          <p class="quiet">
            {lead[1][0]?.draws.toLocaleString('en-US')} random weightings of the{' '}
            {FAMILIES[lead[0]].toLowerCase()}, every division being equally likely: how often each order comes
            out.
          </p>
          <Cards weights={lead[1]} />
        </>
      )}
      {others.map(([family, own]) => (
        <details key={family}>
          <summary>The same for {FAMILIES[family].toLowerCase()}</summary>
          <Cards weights={own} />
        </details>
      ))}
      {bias.length > 0 && (
        <div class="card">
          <h3>What the choice of rows does</h3>
          <ul>
            {bias.map((text) => (
              <li key={text}>{text}</li>
            ))}
          </ul>
        </div>
      )}
    </section>
  );
}

function Cards({ weights }: { readonly weights: readonly WeightedOrders[] }) {
  return (
    <div class="steps">
      {weights.map(({ score, manners, orders, folkShare }) => {
        const rest = orders.slice(NAMED).reduce((sum, { share }) => sum + share, 0);
        return (
          <div class="card" key={score + manners}>
            <h3>
              {PATH_SCORES[score]}, {manners} server
            </h3>
            <ul class="orders">
              {orders.slice(0, NAMED).map(({ order, share }) => (
                <li key={order}>
                  <span class="bar" style={{ '--share': share }} aria-hidden="true" />
                  <span>{order}</span>
                  <span>{formatShare(share)}</span>
                </li>
              ))}
              {rest > 0 && (
                <li>
                  <span class="bar" style={{ '--share': rest }} aria-hidden="true" />
                  <span class="quiet">
                    {orders.length - NAMED === 1 ? '1 other order' : `${orders.length - NAMED} other orders`}
                  </span>
                  <span>{formatShare(rest)}</span>
                </li>
              )}
            </ul>
            <p class="quiet">The folk order holds, ties allowed, in {formatShare(folkShare)}.</p>
          </div>
        );
      })}
    </div>
  );
}
