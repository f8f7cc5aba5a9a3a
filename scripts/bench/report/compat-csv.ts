import { stringify } from 'csv-stringify/sync';
import { MANNERS } from '../../../server/wire.ts';
import { probesOf } from '../../../web/compat/matrix.ts';
import type { Compat } from '../../../web/compat/schema.ts';
import type { ProbeRow } from '../../../web/probe/schema.ts';

/** Every path, server and transport, one a row; a path that did not run has one row that says why. */
export function pathsCsv({ paths }: Compat): string {
  const rows = paths.flatMap(({ id, title, family, role, variant, version, state }) => {
    const path = { path: id, title, family, role, variant, version, state: state.state };
    if (state.state !== 'ran') {
      const reason = state.state === 'failed' ? state.reason : `Debian’s package is ${state.debianPackage}`;
      return [{ ...path, ...cellOf(undefined), reason }];
    }
    const probed = probesOf(state);
    return MANNERS.flatMap((manners) =>
      probed[manners].flatMap(({ rows: own }) => own.map((row) => ({ ...path, ...cellOf(row) }))),
    );
  });
  return stringify(rows, { header: true });
}

function cellOf(row: ProbeRow | undefined) {
  return {
    manners: row?.manners,
    transport: row?.transport,
    outcome: row?.outcome,
    expected: row?.expected,
    delivered: row?.delivered,
    cuts: row?.cuts,
    step: row?.failure?.step,
    status: row?.failure?.status,
    reason: row?.failure?.reason,
    dead_noticed_ms: row?.deadNoticedMs,
    first_message_ms: row?.firstMessageMs,
    requests: row?.traffic?.requests,
    bytes_in: row?.traffic?.bytesIn,
    bytes_out: row?.traffic?.bytesOut,
  };
}

/** What surrounds the page: every environment and what was tried in it. */
export function environmentsCsv({ environments }: Compat): string {
  const rows = environments.flatMap(({ id, group, title, state }) => {
    const environment = { environment: id, group, title, state: state.state };
    const tried =
      state.state === 'failed'
        ? [{ subject: '', works: '', detail: state.reason }]
        : Object.entries(state.outcomes).map(([subject, { works, detail }]) => ({ subject, works, detail }));
    return tried.map((one) => ({ ...environment, ...one }));
  });
  return stringify(rows, { header: true });
}

/** Browser support: every feature's first version and date in every browser, with its shares. */
export function supportCsv({ support }: Compat): string {
  const rows = (support?.features ?? []).flatMap(({ title, transports, firsts, usageShare, releasedShare }) =>
    firsts.map(({ browser, version, date }) => ({
      feature: title,
      transports: transports.join(' '),
      browser,
      first_version: version,
      first_date: date,
      usage_share: usageShare,
      released_share: releasedShare,
    })),
  );
  return stringify(rows, { header: true });
}
