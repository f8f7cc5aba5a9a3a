import { currentGround } from '../live/media.ts';
import type { Outcome } from '../probe/schema.ts';
import { OUTCOME_LOOKS, OUTCOMES } from './outcomes.ts';
import { signPath } from './signs.ts';

/** An outcome’s sign. Decoration: its word stands beside it, or is read out. */
export function Sign({ outcome }: { readonly outcome: Outcome }) {
  return (
    <svg class="sign" viewBox="-1.2 -1.2 2.4 2.4" aria-hidden="true">
      <path d={signPath(outcome)} />
    </svg>
  );
}

/** An outcome’s ground and ink as the page is now, for an element’s style. */
export function outcomeStyle(outcome: Outcome) {
  const { fill, ink } = OUTCOME_LOOKS[outcome][currentGround().scheme];
  return { background: fill, color: ink };
}

/** What the signs mean. */
export function Legend() {
  return (
    <ul class="outcome-legend">
      {OUTCOMES.map((outcome) => (
        <li key={outcome}>
          <span class="outcome" style={outcomeStyle(outcome)}>
            <Sign outcome={outcome} />
          </span>
          <span>
            <strong>{OUTCOME_LOOKS[outcome].word}</strong>: {OUTCOME_LOOKS[outcome].meaning}
          </span>
        </li>
      ))}
    </ul>
  );
}
