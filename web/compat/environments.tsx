import { TRANSPORTS } from '../../server/wire.ts';
import { groupBy } from '../results/group.ts';
import { detailOf, furtherOf, subjectsOf, troubles } from './environment-facts.ts';
import type { EnvironmentOutcome, EnvironmentResult, EnvironmentSubject } from './schema.ts';

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
  const all = subjectsOf(own);
  const further = furtherOf(all);
  const subjects = all.filter((subject) => !further.includes(subject));
  const columns = subjects.length + (further.length > 0 ? 1 : 0);
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
                {titleOf(subject)}
              </th>
            ))}
            {further.length > 0 && <th scope="col">Beside them</th>}
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
                <td colSpan={columns}>Could not be tried: {state.reason}</td>
              ) : (
                <>
                  {subjects.map((subject) => (
                    <Outcome key={subject} outcome={state.outcomes[subject]} />
                  ))}
                  {further.length > 0 && <Further further={further} outcomes={state.outcomes} />}
                </>
              )}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

function titleOf(subject: EnvironmentSubject): string {
  return subject === 'fetch' ? 'fetch' : TRANSPORTS[subject].title;
}

/** The lanes beside the techniques in one cell: that all of them work, or which do not. */
function Further({
  further,
  outcomes,
}: {
  readonly further: readonly EnvironmentSubject[];
  readonly outcomes: Readonly<Partial<Record<EnvironmentSubject, EnvironmentOutcome>>>;
}) {
  const own = Object.fromEntries(
    further.flatMap((subject) => (outcomes[subject] ? [[subject, outcomes[subject]]] : [])),
  );
  const tried = Object.values(own);
  if (tried.length === 0) return <td class="quiet">–</td>;
  const told = troubles(own);
  if (told.length === 0) {
    return (
      <td class="works-yes">
        <strong>
          <span aria-hidden="true">{WORKS.yes.sign} </span>all {tried.length} work
        </strong>
      </td>
    );
  }
  const worst = tried.some(({ works }) => works === 'no') ? 'no' : 'some';
  const count = told.reduce((sum, { subjects }) => sum + subjects.length, 0);
  return (
    <td class={`works-${worst}`}>
      <details>
        <summary>
          <strong>
            <span aria-hidden="true">{WORKS[worst].sign} </span>
            {count} of {tried.length}{' '}
            {worst === 'no' ? (count === 1 ? 'does not work' : 'do not work') : 'in part'}
            {count < tried.length && `: ${told.flatMap(({ subjects }) => subjects.map(titleOf)).join('; ')}`}
          </strong>
        </summary>
        {told.map(({ subjects, detail }) => (
          <span class="hint" key={detail}>
            {subjects.map(titleOf).join('; ')}: {detail}
          </span>
        ))}
      </details>
    </td>
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
