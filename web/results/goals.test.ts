import { expect, test } from 'vitest';
import { analyse } from './analysis.ts';
import { find } from './findings.ts';
import { goalRows } from './goals.ts';
import type { Goal, Results, Trial } from './schema.ts';
import { resultsWith } from './testing/results.ts';

const HEALTH = { driverUtilisation: 0.1, serverUtilisation: 0.1 };

/** Eight blocks of two lanes. */
function resultsOf(own: readonly number[], other: readonly number[], goal: Partial<Goal>): Results {
  const trial = (lane: string, values: readonly number[]) =>
    values.map(
      (cpu, block): Trial => ({
        subject: lane,
        block,
        repetition: 0,
        position: 0,
        startedAt: '',
        durationMs: 1,
        outcome: { state: 'ok' },
        measurements: [{ lane, cells: ['cell'], values: { cpu }, health: HEALTH }],
      }),
    );
  return resultsWith([
    {
      name: 'peers',
      title: 'Peers',
      question: '',
      method: [],
      lanes: [
        { id: 'own', title: 'Own', colour: '#000000' },
        { id: 'other', title: 'Other', colour: '#000000' },
      ],
      cells: [{ id: 'cell', title: 'a cell', conditions: {} }],
      metrics: [{ id: 'cpu', title: 'CPU', unit: 'µs', better: 'lower', judged: true, definition: '' }],
      claims: [],
      contrasts: [],
      goals: [{ lane: 'own', against: 'other', metric: 'cpu', cell: 'cell', atMost: 0.5, ...goal }],
      trials: [...trial('own', own), ...trial('other', other)],
    },
  ]);
}

const TEN = Array.from({ length: 8 }, () => 10);

test.each([
  ['met', [4, 4.1, 4.2, 4.3, 4.4, 4.5, 4.6, 4.7]],
  ['missed', [6, 6.1, 6.2, 6.3, 6.4, 6.5, 6.6, 6.7]],
  ['undecided', [3, 3, 4, 4.9, 5.1, 6, 7, 7]],
] as const)('a goal is %s by its whole interval', (outcome, own) => {
  const analysis = analyse(resultsOf(own, TEN, {}));
  expect(analysis.scenarios[0]?.goals).toMatchObject([{ outcome }]);
  const counts = { met: 0, missed: 0, undecided: 0, [outcome]: 1 };
  expect(find(analysis).headline).toBe(
    `Of 1 goals ${counts.met} are met, ${counts.missed} are missed and ${counts.undecided} remain undecided.`,
  );
});

test('ratios are taken block against block: a machine that gets slower decides nothing', () => {
  const own = [4, 8, 16, 32, 4, 8, 16, 32];
  const rows = goalRows(
    analyse(
      resultsOf(
        own,
        own.map((value) => value * 2.5),
        {},
      ),
    ),
  );
  expect(rows).toEqual([
    { what: 'CPU, a cell: Own over Other', goal: '≤ 0.5×', measured: '0.4× (0.4–0.4)', outcome: 'met' },
  ]);
});

test('a lane can be held against itself in another cell', () => {
  const { against: _, ...goal } = { lane: 'own', against: '', metric: 'cpu', cell: 'cell', atMost: 1.2 };
  const results = resultsOf(TEN, TEN, {});
  const scenarios = results.scenarios.map((scenario) => ({
    ...scenario,
    cells: [...scenario.cells, { id: 'before', title: 'before it', conditions: {} }],
    goals: [{ ...goal, from: 'before' }],
    trials: scenario.trials.map((trial) => ({
      ...trial,
      measurements: [
        ...trial.measurements,
        { lane: trial.subject, cells: ['before'], values: { cpu: 8 }, health: HEALTH },
      ],
    })),
  }));
  expect(goalRows(analyse({ ...results, scenarios }))).toEqual([
    {
      what: 'CPU, a cell, compared with before it: Own',
      goal: '≤ 1.2×',
      measured: '1.25× (1.25–1.25)',
      outcome: 'missed',
    },
  ]);
});

test('so few blocks decide nothing, and a lane that has no figures is told', () => {
  const results = resultsOf([4, 4.1], [10, 10], {});
  const quick = { ...results, run: { ...results.run, quick: true } };
  expect(goalRows(analyse(quick))).toMatchObject([{ measured: '0.405× (0.4–0.41)', outcome: 'undecided' }]);
  const failed = analyse(resultsOf([], TEN, {}));
  expect(goalRows(failed)).toMatchObject([{ measured: 'no trial had figures', outcome: 'unmeasured' }]);
  expect(find(failed).headline).toBe(
    'Of 1 goals 0 are met, 0 are missed, 0 remain undecided and 1 have no figures.',
  );
});

test('a goal that names what the run has not is left out', () => {
  for (const goal of [{ against: 'nobody' }, { from: 'nowhere' }, { lane: 'nobody' }, { cell: 'nowhere' }])
    expect(goalRows(analyse(resultsOf(TEN, TEN, goal)))).toEqual([]);
});

test('a goal without another lane is a figure', () => {
  const { against: _, ...goal } = { lane: 'own', against: '', metric: 'cpu', cell: 'cell', atMost: 7.5 };
  const results = resultsOf(TEN, TEN, {});
  const scenarios = results.scenarios.map((scenario) => ({ ...scenario, goals: [goal] }));
  expect(goalRows(analyse({ ...results, scenarios }))).toEqual([
    { what: 'CPU, a cell: Own', goal: '≤ 7.5 µs', measured: '10 µs (10–10)', outcome: 'missed' },
  ]);
});

test('what is only hoped for is called a stretch, and no missed goal', () => {
  const analysis = analyse(resultsOf(TEN, TEN, { stretch: true }));
  expect(goalRows(analysis)).toMatchObject([{ goal: '≤ 0.5× (a stretch)', outcome: 'missed' }]);
  expect(find(analysis).headline).not.toContain('missed');
});

test('what is to be reached in every block is missed where one block misses it, and told by that block', () => {
  const goal: Goal = { lane: 'own', metric: 'cpu', cell: 'cell', atMost: 2, everyBlock: true };
  const rowOf = (own: readonly number[]) => {
    const results = resultsOf(own, TEN, {});
    const scenarios = results.scenarios.map((scenario) => ({ ...scenario, goals: [goal] }));
    return goalRows(analyse({ ...results, scenarios }))[0];
  };
  expect(rowOf([1, 1, 1, 1, 1, 1, 1, 3])).toMatchObject({
    ...{ goal: '≤ 2 µs in every block', measured: 'at most 3 µs', outcome: 'missed' },
  });
  expect(rowOf([1, 1, 1, 1, 1, 1, 1, 2])).toMatchObject({ measured: 'at most 2 µs', outcome: 'met' });
  // Of the eighth block there is no figure.
  expect(rowOf([1, 1, 1, 1, 1, 1, 1])).toMatchObject({ measured: 'at most 1 µs', outcome: 'undecided' });
});
