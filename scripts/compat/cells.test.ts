import { expect, test } from 'vitest';
import { TECHNIQUES, type TransportName } from '../../server/wire.ts';
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

interface Asked {
  readonly polite: boolean;
  readonly transports: readonly TransportName[];
}

/** Fills one row from a host that does as it is told: of a result only the stall is looked at here. */
async function fillFrom(probe: (asked: Asked) => number, pages: readonly (readonly TransportName[])[]) {
  const rows: PathResult[] = [];
  const notices: string[] = [];
  await fillRows({
    rows: [{ id: 'nothing', path, variant: 'as shipped' }],
    labs: { polite: 'http://polite.test', naive: 'http://naive.test' },
    settings: (_, transports) => probeSettings(0.1, transports, []),
    pages,
    timeScale: 0.1,
    host: {
      version: null,
      lanes: pages.flat(),
      probe: async ({ baseUrl }, { transports }) =>
        ({ stalledMs: probe({ polite: baseUrl.includes('polite'), transports }) }) as ProbeResult,
    },
    atOnce: 1,
    keep: async (row) => void rows.push(row),
    step: () => undefined,
    notice: (text) => notices.push(text),
    signal: new AbortController().signal,
  });
  return { state: rows[0]?.state, notices };
}

/** The polite server's cell of one page stands still for so long, one run after the other. */
async function fillWith(stalls: readonly number[]) {
  let runs = 0;
  const { state, notices } = await fillFrom(
    ({ polite }) => (polite ? (stalls[runs++] ?? 0) : 0),
    [TECHNIQUES],
  );
  return { runs, notices, stalledMs: state?.state === 'ran' ? state.probes.polite.stalledMs : undefined };
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

test('what is no technique is measured beside them, and kept apart', async () => {
  const pages = [TECHNIQUES, ['ndjson'], ['sse', 'ndjson']] as const;
  const { state } = await fillFrom(({ polite, transports }) => transports.length + (polite ? 0.5 : 0), pages);
  expect(state).toEqual({
    state: 'ran',
    probes: { polite: { stalledMs: 4.5 }, naive: { stalledMs: 4 } },
    further: {
      polite: [{ stalledMs: 1.5 }, { stalledMs: 2.5 }],
      naive: [{ stalledMs: 1 }, { stalledMs: 2 }],
    },
  });
});

test('where it fails the techniques stay, and where they fail there is no row', async () => {
  const failing = (wanted: TransportName) =>
    fillFrom(
      ({ transports }) => {
        if (transports.includes(wanted)) throw new Error('struck by lightning');
        return 0;
      },
      [TECHNIQUES, ['ndjson']],
    );
  const further = await failing('ndjson');
  expect(further.state).toEqual({
    state: 'ran',
    probes: { polite: { stalledMs: 0 }, naive: { stalledMs: 0 } },
  });
  expect(further.notices).toEqual(['nothing, further lanes: Error: struck by lightning']);
  expect((await failing('sse')).state).toEqual({ state: 'failed', reason: 'Error: struck by lightning' });
});
