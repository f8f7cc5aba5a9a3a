import { expect, test } from 'vitest';
import type { PathResult } from '../../web/compat/schema.ts';
import type { ProbeResult } from '../../web/probe/schema.ts';
import { probeSettings } from '../../web/probe/settings.ts';
import { fillRows } from './cells.ts';
import type { MechanismPath } from './path.ts';

const path: MechanismPath = {
  family: 'mechanism',
  title: 'Nothing',
  standsFor: 'a test',
  recognisedAs: ['clear'],
  start: async ({ target }) => ({ baseUrl: target.href, [Symbol.asyncDispose]: async () => undefined }),
};

/** Fills one row from a host whose client stands still for so long, one run after the other. */
async function fillWith(stalls: readonly number[]) {
  const rows: PathResult[] = [];
  const notices: string[] = [];
  let runs = 0;
  await fillRows({
    rows: [{ id: 'nothing', path, variant: 'as shipped' }],
    labs: { polite: 'http://polite.test', naive: 'http://naive.test' },
    settings: () => probeSettings(0.1, [], []),
    timeScale: 0.1,
    host: {
      version: null,
      // Of a result only the stall is looked at here.
      probe: async ({ baseUrl }) =>
        ({ stalledMs: baseUrl.includes('polite') ? (stalls[runs++] ?? 0) : 0 }) as ProbeResult,
    },
    atOnce: 1,
    keep: async (row) => void rows.push(row),
    step: () => undefined,
    notice: (text) => notices.push(text),
    signal: new AbortController().signal,
  });
  const [row] = rows;
  const stalledMs = row?.state.state === 'ran' ? row.state.probes.polite.stalledMs : undefined;
  return { runs, notices, stalledMs };
}

test('a cell whose client stood still is run again, and said so', async () => {
  expect(await fillWith([5000, 20])).toMatchObject({
    runs: 2,
    notices: ['nothing, polite server: the machine stood still for 5000 ms; once more'],
    stalledMs: 20,
  });
  expect(await fillWith([1000])).toMatchObject({ runs: 1, notices: [] });
});

test('but not for ever: what is left is kept with its stall', async () => {
  expect(await fillWith([5000, 6000, 7000, 8000])).toMatchObject({ runs: 3, stalledMs: 7000 });
});
