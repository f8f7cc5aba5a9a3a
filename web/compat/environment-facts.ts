import { isTechnique, TRANSPORT_NAMES } from '../../server/wire.ts';
import { groupBy } from '../results/group.ts';
import type { EnvironmentOutcome, EnvironmentResult, EnvironmentSubject } from './schema.ts';
import { FOLK_ORDER } from './scores.ts';

type Outcomes = Readonly<Partial<Record<EnvironmentSubject, EnvironmentOutcome>>>;

const FURTHER: readonly EnvironmentSubject[] = TRANSPORT_NAMES.filter((name) => !isTechnique(name));

/** In the order in which they are told. */
const SUBJECTS: readonly EnvironmentSubject[] = [...FOLK_ORDER, ...FURTHER, 'fetch'];

/** The techniques, and what else was tried in any of these environments. */
export function subjectsOf(environments: readonly EnvironmentResult[]): readonly EnvironmentSubject[] {
  const tried = new Set<string>(
    environments.flatMap(({ state }) => (state.state === 'ran' ? Object.keys(state.outcomes) : [])),
  );
  return SUBJECTS.filter((subject) => tried.has(subject) || FOLK_ORDER.some((name) => name === subject));
}

/** Of some subjects those that are lanes beside the techniques. */
export function furtherOf(subjects: readonly EnvironmentSubject[]): readonly EnvironmentSubject[] {
  return subjects.filter((subject) => FURTHER.includes(subject));
}

/** What there is to say of an outcome: that all messages came is said by its sign. */
export function detailOf({ works, detail }: EnvironmentOutcome): string {
  return works === 'yes' ? detail.replace(/^(\d+) of \1 messages\.\s*/, '') : detail;
}

/** What was seen where it does not all work: subjects of which the same is to be said are named together. */
export function troubles(outcomes: Outcomes): readonly {
  readonly subjects: readonly EnvironmentSubject[];
  readonly detail: string;
}[] {
  const told = SUBJECTS.flatMap((subject) => {
    const outcome = outcomes[subject];
    return outcome && outcome.works !== 'yes' ? [{ subject, detail: outcome.detail }] : [];
  });
  return [...groupBy(told, ({ detail }) => detail)].map(([detail, own]) => ({
    detail,
    subjects: own.map(({ subject }) => subject),
  }));
}
