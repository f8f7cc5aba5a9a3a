import { useSignal } from '@preact/signals';
import { useEffect } from 'preact/hooks';
import { localNow } from '../browser-env.ts';
import { ConnectionsNotice, connectionsUsedUp } from './connections-notice.tsx';
import type { LiveLab } from './lab.ts';
import { TokenForm } from './token-form.tsx';

/** What the reader must know before trusting a figure. Nothing, when all is well. */
export function Notices({ lab }: { readonly lab: LiveLab }) {
  const wasHidden = useSignal(document.hidden);
  useEffect(() => {
    const change = (): void => {
      if (document.hidden) wasHidden.value = true;
      else lab.measureClock();
    };
    document.addEventListener('visibilitychange', change);
    return () => document.removeEventListener('visibilitychange', change);
  }, [lab]);
  return (
    <div class="notices">
      <ServerNotice lab={lab} />
      <RefusalNotice lab={lab} />
      {wasHidden.value ? (
        <div class="notice">
          <p>
            This tab was in the background for a while, where browsers slow timers down: figures since then
            include that.
          </p>
          <button
            type="button"
            onClick={async () => {
              await lab.reset();
              wasHidden.value = false;
            }}
          >
            Reset figures
          </button>
        </div>
      ) : null}
      <ConnectionsNotice lab={lab} />
    </div>
  );
}

function ServerNotice({ lab }: { readonly lab: LiveLab }) {
  const server = lab.server.value;
  const workload = lab.workload.value;
  if (server.kind === 'gone') {
    return (
      <div class="notice bad" role="alert">
        <p>
          <strong>The server does not answer</strong> ({server.reason}).{' '}
          {connectionsUsedUp(lab)
            ? 'All connections that the browser has for it are held: none is left for the page’s own requests.'
            : 'All transports keep trying, and go on by themselves when it is back.'}{' '}
          <GoneFor since={server.since} />
        </p>
      </div>
    );
  }
  return (
    <>
      <p class="visually-hidden" role="status">
        {server.kind === 'here' && server.wasGone ? 'The server is back.' : ''}
      </p>
      {workload?.ratePerSecond === 0 ? (
        <div class="notice">
          <p>
            Nothing is being published. Choose a rate to see messages; until then you see what waiting for
            them costs.
          </p>
        </div>
      ) : null}
    </>
  );
}

function GoneFor({ since }: { readonly since: number }) {
  const seconds = useSignal(0);
  useEffect(() => {
    const timer = setInterval(() => {
      seconds.value = Math.floor((localNow() - since) / 1000);
    }, 1000);
    return () => clearInterval(timer);
  }, [since]);
  // A clock that is read out each second would drown everything else.
  return <span aria-hidden="true">Gone for {seconds.value} s.</span>;
}

function RefusalNotice({ lab }: { readonly lab: LiveLab }) {
  const refusal = lab.refusal.value;
  if (!refusal) return null;
  if (!refusal.token) {
    return (
      <div class="notice bad" role="alert">
        <p>The server did not take that setting: {refusal.detail}</p>
      </div>
    );
  }
  return (
    <TokenForm
      why="To publish, and to change what is published, takes the token this server was started with."
      onToken={(token) => void lab.useToken(token)}
    />
  );
}
