import { groupBy } from '../results/group.ts';
import type { EnvironmentOutcome, EnvironmentResult, EnvironmentSubject } from './schema.ts';
import { FOLK_ORDER } from './scores.ts';

/** The transports, and what else was tried in any of these environments. */
export function subjectsOf(environments: readonly EnvironmentResult[]): readonly EnvironmentSubject[] {
  const fetches = environments.some(({ state }) => state.state === 'ran' && state.outcomes.fetch);
  return fetches ? [...FOLK_ORDER, 'fetch'] : FOLK_ORDER;
}

/** What there is to say of an outcome: that all messages came is said by its sign. */
export function detailOf({ works, detail }: EnvironmentOutcome): string {
  return works === 'yes' ? detail.replace(/^(\d+) of \1 messages\.\s*/, '') : detail;
}

/** What was seen where it does not all work: subjects of which the same is to be said are named together. */
export function troubles(
  outcomes: Readonly<Partial<Record<EnvironmentSubject, EnvironmentOutcome>>>,
): readonly { readonly subjects: readonly EnvironmentSubject[]; readonly detail: string }[] {
  const told = ([...FOLK_ORDER, 'fetch'] as const).flatMap((subject) => {
    const outcome = outcomes[subject];
    return outcome && outcome.works !== 'yes' ? [{ subject, detail: outcome.detail }] : [];
  });
  return [...groupBy(told, ({ detail }) => detail)].map(([detail, own]) => ({
    detail,
    subjects: own.map(({ subject }) => subject),
  }));
}
