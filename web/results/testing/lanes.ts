import { TRANSPORTS, type TransportName } from '../../../server/wire.ts';
import type { Cell, Metric, Results, Trial } from '../schema.ts';
import { resultsWith } from './results.ts';

const BLOCKS = [0, 1, 2, 3, 4, 5, 6, 7];

const CELLS: readonly Cell[] = [
  { id: 'slow', title: '20/s', group: 'A message', conditions: {} },
  { id: 'fast', title: '200/s', group: 'A message', conditions: {} },
];
const CONNECT: Cell = { id: 'connect', title: 'all connect', group: 'A connection', conditions: {} };

const TITLES = {
  bytes: 'Bytes per message at the socket',
  cpu: 'Server CPU per delivery',
  requests: 'Requests per delivered message',
  connectCpu: 'Server CPU per connection made',
} as const;

type MetricId = keyof typeof TITLES;

/** A metric's values in the cells that have it, the same in each block or not. */
type Values = Partial<Record<MetricId, readonly number[] | ((block: number) => readonly number[])>>;

/**
 * A run of the scenario lanes in which these transports were measured, on a machine that gets slower from block to
 * block.
 */
export function lanesResults(lanes: Partial<Record<TransportName, Values>>): Results {
  const names = Object.keys(lanes) as TransportName[]; // Object.keys loses the literal type of the keys it returns
  const metrics = Object.entries(TITLES).map(
    ([id, title]): Metric => ({ id, title, unit: '', better: 'lower', judged: true, definition: '' }),
  );
  const trials = BLOCKS.flatMap((block) =>
    names.map(
      (name): Trial => ({
        subject: name,
        block,
        repetition: 0,
        position: 0,
        startedAt: '',
        durationMs: 1,
        outcome: { state: 'ok' },
        measurements: [...CELLS, CONNECT].map((cell) => ({
          lane: name,
          cells: [cell.id],
          values: valuesIn(cell, lanes[name] ?? {}, block),
          health: { driverUtilisation: 0, serverUtilisation: 0 },
        })),
      }),
    ),
  );
  return resultsWith([
    {
      name: 'lanes',
      title: 'Lanes',
      question: 'What do they cost?',
      method: [],
      lanes: names.map((id) => ({
        id,
        title: TRANSPORTS[id].title,
        transport: id,
        colour: TRANSPORTS[id].colour,
      })),
      cells: [...CELLS, CONNECT],
      metrics,
      claims: [],
      contrasts: [],
      comparisons: names.flatMap((lane) => {
        const { against, family } = TRANSPORTS[lane];
        if (against === undefined) return [];
        return family === 'control' ? { lane: against, against: lane } : { lane, against };
      }),
      trials,
    },
  ]);
}

function valuesIn(cell: Cell, values: Values, block: number): Record<string, number> {
  const inCell = Object.entries(values).flatMap(([id, given]) => {
    const inBlock = typeof given === 'function' ? given(block) : given;
    const value = id === 'connectCpu' ? inBlock[cell === CONNECT ? 0 : -1] : inBlock[CELLS.indexOf(cell)];
    return value === undefined ? [] : [[id, value * (1 + block)] as const];
  });
  return Object.fromEntries(inCell);
}
