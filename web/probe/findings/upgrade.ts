import type { ProbeResult, ProbeRow } from '../schema.ts';
import { times } from '../words.ts';
import { type Finder, type Finding, nameRows, rowsOf, sightingsOf } from './view.ts';

/** Why a WebSocket does not come to be, while requests do get through. */
export const findUpgradeTroubles: Finder = (result) => {
  const failing = rowsOf(result, 'websocket').filter(
    ({ outcome, evidence }) =>
      outcome === 'nothing' && evidence.openedAtMs.length === 0 && statusOf(evidence.exchanges) !== 429,
  );
  const [row] = failing;
  return row ? [recognise(result, failing, row)] : [];
};

function recognise(result: ProbeResult, failing: readonly ProbeRow[], row: ProbeRow): Finding {
  const status =
    failing.map(({ evidence }) => statusOf(evidence.exchanges)).find((one) => one !== null) ?? null;
  const plainStatus =
    row.evidence.exchanges.find((one) => typeof one.plainStatus === 'number')?.plainStatus ?? null;
  const sightings = failing.flatMap((one) => sightingsOf(result, one));
  const { echo, protocol, proxied } = result.reach;
  const secure = result.url.startsWith('https:');
  const http10 = sightings.some(({ httpVersion }) => httpVersion === '1.0');
  const asked = result.sightings.length > 0;

  const upgrades = sightings.filter(({ upgrade }) => upgrade);
  // An upgrade that was granted is never answered to its end: its socket is for the client to close.
  if (upgrades.length > 0 && upgrades.every(({ state }) => state === 'answered')) {
    return {
      id: 'websocket-refused',
      title: 'The server itself refuses the upgrade',
      evidence: `The request for an upgrade reached the server as it should, and was refused there ${times(upgrades.length)}; ${cameBack(status, 'a browser does not tell why')}. Usually a page’s Origin does not fit the Host that a proxy has put in its place, or the server is full.`,
    };
  }
  if (upgrades.length > 0) {
    return {
      id: 'websocket-refused',
      title: 'WebSocket’s answer does not come back',
      evidence: `The server saw the request for an upgrade and granted it; ${cameBack(status, 'the client got no handshake')}.`,
    };
  }
  if (http10 || (!asked && echo?.httpVersion === '1.0')) {
    return {
      id: 'http-1.0',
      title: 'A hop speaks HTTP/1.0, which has no Upgrade: no WebSocket',
      evidence: `Requests reach the server as HTTP/1.0, and the upgrade as a plain request; ${cameBack(status ?? plainStatus, 'no handshake came back')}.`,
    };
  }
  if (sightings.length > 0 || (!asked && status === 426)) {
    const answer = status ?? plainStatus;
    return {
      id: 'upgrade-removed',
      title: `The upgrade comes back ${answer ?? 'without a handshake'}: a hop removes Upgrade`,
      evidence: `The request for a WebSocket reached the server ${sightings.length} × as a plain HTTP/${sightings[0]?.httpVersion ?? echo?.httpVersion ?? '1.1'} request, without the header Upgrade.`,
    };
  }
  const unseen = asked ? 'no request for a WebSocket reached the server at all' : 'no handshake came back';
  if (secure && status === null && proxied !== true && !protocol?.startsWith('http/1')) {
    return {
      id: 'http-2-only',
      title: 'The way is HTTP/2 only: there is no Upgrade in it',
      evidence: `${protocol === undefined ? 'Over https' : `The client speaks ${protocol} here`}, ordinary requests arrive${echo ? ` (as HTTP/${echo.httpVersion} at the server)` : ''}, and ${unseen}.`,
    };
  }
  if (!secure && asked && proxied !== false) {
    return {
      id: 'connect-refused',
      title: 'A forward proxy does not let the tunnel through that ws:// needs',
      evidence: `Ordinary requests reach the server, but ${unseen}${status === null ? '' : `: the tunnel was answered ${status}`}.`,
    };
  }
  return {
    id: 'websocket-refused',
    title: status === null ? 'WebSocket does not get through' : `WebSocket is refused with ${status}`,
    evidence: `For ${nameRows(result, failing)} ${unseen}${status === null ? '' : `, and ${status} came back`}${row.evidence.gaveUp === null ? '' : `: ${row.evidence.gaveUp}`}.`,
  };
}

function statusOf(exchanges: ProbeRow['evidence']['exchanges']): number | null {
  return exchanges.find(({ status }) => status !== null && status !== 101)?.status ?? null;
}

function cameBack(status: number | null, otherwise: string): string {
  return status === null ? otherwise : `what came back was ${status}`;
}
