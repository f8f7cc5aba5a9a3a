import { TRANSPORTS } from '../../server/wire.ts';
import { groupBy } from '../results/group.ts';
import { detailOf, subjectsOf } from './environment-facts.ts';
import type { EnvironmentOutcome, EnvironmentResult } from './schema.ts';

const WORKS: Readonly<Record<EnvironmentOutcome['works'], { readonly sign: string; readonly word: string }>> =
  {
    yes: { sign: '✓', word: 'works' },
    some: { sign: '±', word: 'works in part' },
    no: { sign: '✗', word: 'does not work' },
  };

/** What surrounds the page: its policies, its origin, its connections. */
export function Environments({ environments }: { readonly environments: readonly EnvironmentResult[] }) {
  if (environments.length === 0) return null;
  return (
    <section aria-labelledby="environments">
      <h2 id="environments">What surrounds the page</h2>
      {[...groupBy(environments, ({ group }) => group)].map(([group, own]) => (
        <Group key={group} group={group} own={own} />
      ))}
    </section>
  );
}

function Group({ group, own }: { readonly group: string; readonly own: readonly EnvironmentResult[] }) {
  const subjects = subjectsOf(own);
  return (
    <div class="wide card">
      <table class="environments">
        <caption>
          <h3>{group}</h3>
        </caption>
        <thead>
          <tr>
            <th scope="col">Environment</th>
            {subjects.map((subject) => (
              <th scope="col" key={subject}>
                {subject === 'fetch' ? 'fetch' : TRANSPORTS[subject].title}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {own.map(({ id, title, standsFor, state }) => (
            <tr key={id}>
              <th scope="row">
                {title}
                <span class="hint">{standsFor}</span>
              </th>
              {state.state === 'failed' ? (
                <td colSpan={subjects.length}>Could not be tried: {state.reason}</td>
              ) : (
                subjects.map((subject) => <Outcome key={subject} outcome={state.outcomes[subject]} />)
              )}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

/** Longer accounts than this are opened by those who want them. */
const SHORT = 60;

function Outcome({ outcome }: { readonly outcome: EnvironmentOutcome | undefined }) {
  if (!outcome) return <td class="quiet">–</td>;
  const { works } = outcome;
  const detail = detailOf(outcome);
  const { sign, word } = WORKS[works];
  const verdict = (
    <strong>
      <span aria-hidden="true">{sign} </span>
      {word}
    </strong>
  );
  return (
    <td class={`works-${works}`}>
      {detail.length <= SHORT ? (
        <>
          {verdict}
          {detail !== '' && <span class="hint">{detail}</span>}
        </>
      ) : (
        <details>
          <summary>{verdict}</summary>
          <span class="hint">{detail}</span>
        </details>
      )}
    </td>
  );
}
