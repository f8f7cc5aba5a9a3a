import { GOAL_OUTCOMES, type GoalRow } from './goals.ts';

/** What was to be reached, and what was. */
export function GoalTable({ rows, claims }: { readonly rows: readonly GoalRow[]; readonly claims: boolean }) {
  if (rows.length === 0) return null;
  return (
    <section>
      <h2>Goals, set before the run</h2>
      <p class="quiet">
        Median over blocks with its 95 % interval. A goal is met where the whole interval is within it, missed
        where none of it is.{claims ? '' : ' So few blocks decide nothing.'}
      </p>
      <div class="wide card">
        <table class={claims ? 'matrix' : 'matrix quick'}>
          <thead>
            <tr>
              <th scope="col">What</th>
              <th scope="col">Goal</th>
              <th scope="col">Measured</th>
              <th scope="col">Outcome</th>
            </tr>
          </thead>
          <tbody>
            {rows.map(({ what, goal, measured, outcome }) => (
              <tr key={what}>
                <th scope="row">{what}</th>
                <td>{goal}</td>
                <td>{measured}</td>
                <td>
                  <span aria-hidden="true">{GOAL_OUTCOMES[outcome].sign}</span> {GOAL_OUTCOMES[outcome].word}
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </section>
  );
}
