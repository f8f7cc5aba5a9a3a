import { TRANSPORTS, type TransportName } from '../../server/wire.ts';
import { CONNECTIONS, connectionIsShared } from './connections.ts';
import type { LiveLab } from './lab.ts';
import { otherTabs } from './tabs.ts';

/** Says that connections run out, before anyone wonders why something waits. Nothing where one is shared by all. */
export function ConnectionsNotice({ lab }: { readonly lab: LiveLab }) {
  const { holding, waiting } = lab.lanes.allotment.value;
  const { count, held } = otherTabs.value;
  if (connectionIsShared() || (waiting.length === 0 && count === 0)) return null;
  const elsewhere = held > 0 ? [`${held} by ${count === 1 ? 'another tab' : 'other tabs'} of this lab`] : [];
  // Titles have commas of their own.
  const holders = [...holding.map((name) => TRANSPORTS[name].title), ...elsewhere].join(' · ');
  return (
    <div class="notice" role="status" data-notice="connections">
      <p>
        {waiting.length > 0 ? (
          <strong>
            {titles(waiting)} {waiting.length === 1 ? 'waits' : 'wait'} for a connection.{' '}
          </strong>
        ) : (
          'The lab is open in another tab as well. '
        )}
        Over HTTP/1.1 a browser opens {CONNECTIONS} connections to a server, for all its tabs together, and{' '}
        {held + holding.length} are held{holders === '' ? '' : `: ${holders}`}. {rest(held + holding.length)}
        {waiting.length > 0
          ? ` Switch off one that holds one${count > 0 ? ', or close another tab' : ''}. WebSockets and short polls hold none.`
          : ''}
      </p>
    </div>
  );
}

/** Whether none is left for what is answered at once; it can come to that where two tabs begin at the same moment. */
export function connectionsUsedUp(lab: LiveLab): boolean {
  return !connectionIsShared() && lab.lanes.held.value + otherTabs.value.held >= CONNECTIONS;
}

/** What the connections that are left are for. */
function rest(held: number): string {
  if (held >= CONNECTIONS)
    return 'None is left for what is answered at once: the page’s own requests, short polls and posted messages wait, and figures stand still.';
  return held === CONNECTIONS - 1
    ? 'The last is kept for what is answered at once: the page’s own requests, short polls, posted messages.'
    : '';
}

function titles(names: readonly TransportName[]): string {
  return new Intl.ListFormat('en').format(names.map((name) => TRANSPORTS[name].title));
}
