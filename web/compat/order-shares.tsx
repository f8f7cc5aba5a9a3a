import { formatShare } from './findings.ts';
import { PATH_SCORES } from './scores.ts';
import type { WeightedOrders } from './weights.ts';

/** Orders that come out more rarely than the first so many are only counted. */
const NAMED = 4;

/** How the order changes when the rows' weights are drawn at random. */
export function Weights({
  weights,
  bias,
}: {
  readonly weights: readonly WeightedOrders[];
  readonly bias: readonly string[];
}) {
  return (
    <section aria-labelledby="weights">
      <h2 id="weights">If nobody knows what a path is worth</h2>
      {weights[0] && (
        <p class="quiet">
          {weights[0].draws.toLocaleString('en-US')} random weightings of all rows, every division being
          equally likely: how often each order comes out.
        </p>
      )}
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
                      {orders.length - NAMED === 1
                        ? '1 other order'
                        : `${orders.length - NAMED} other orders`}
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
