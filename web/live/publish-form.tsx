import { useSignal } from '@preact/signals';
import { useId } from 'preact/hooks';
import { isTransportName, TRANSPORTS, type TransportName } from '../../server/wire.ts';
import type { ByHand } from './by-hand.ts';
import { formatCount, formatMs, inWords } from './format.ts';
import type { LiveLab } from './lab.ts';

/** Publishes a message by hand over one of the running transports, and shows what has become of it. */
export function PublishForm({ lab }: { readonly lab: LiveLab }) {
  const id = useId();
  const chosen = useSignal<TransportName | undefined>(undefined);
  const text = useSignal('Hello');
  const running = lab.lanes.allotment.value.running;
  const via = running.find((name) => name === chosen.value) ?? running.find(hasOwnWay) ?? running[0];
  const last = lab.byHand.last.value;
  const sending = last?.kind === 'sending';
  return (
    <form
      class="publish"
      onSubmit={(event) => {
        event.preventDefault();
        if (via) void lab.publish(via, text.value);
      }}
    >
      <fieldset class="group" disabled={!via || sending || lab.server.value.kind !== 'here'}>
        <legend>You publish</legend>
        <div class="row">
          <div class="field">
            <label for={`${id}-via`}>Over</label>
            <select
              id={`${id}-via`}
              value={via}
              onChange={({ currentTarget: { value } }) => {
                if (isTransportName(value)) chosen.value = value;
              }}
            >
              {running.map((name) => (
                <option key={name} value={name}>
                  {TRANSPORTS[name].title}
                </option>
              ))}
            </select>
          </div>
          <div class="field">
            <label for={`${id}-text`}>Message</label>
            <input
              id={`${id}-text`}
              type="text"
              class="text"
              maxLength={1000}
              value={text.value}
              onInput={({ currentTarget }) => {
                text.value = currentTarget.value;
              }}
            />
          </div>
          <button type="submit">Publish</button>
        </div>
      </fieldset>
      <p class="hint outcome" role="status">
        {last ? <Outcome last={last} /> : via ? `It goes up by ${wayUp(via)}.` : ''}
      </p>
    </form>
  );
}

function Outcome({ last }: { readonly last: ByHand }) {
  const { title } = TRANSPORTS[last.via];
  if (last.kind === 'sending')
    return <>Sent over {title}: until it is acknowledged, it is sent again whenever the line was lost.</>;
  if (last.kind === 'refused')
    return (
      <strong class="bad">
        Not published over {title}: {last.detail}
      </strong>
    );
  const { receipt, tookMs, first, arrivals } = last;
  return (
    <>
      <strong>
        Message {formatCount(receipt.seq)}, acknowledged after {inWords(formatMs(tookMs))}
      </strong>{' '}
      ({title}: {wayUp(last.via)}
      {first ? ', which was opened first' : ''}).{' '}
      {arrivals.length > 0
        ? `Back after ${arrivals.map(({ name, afterMs }) => `${inWords(formatMs(afterMs))} over ${TRANSPORTS[name].title}`).join(' · ')}.`
        : null}
    </>
  );
}

function hasOwnWay(name: TransportName): boolean {
  return TRANSPORTS[name].up !== undefined;
}

function wayUp(name: TransportName): string {
  return TRANSPORTS[name].up ?? 'a POST of its own';
}
