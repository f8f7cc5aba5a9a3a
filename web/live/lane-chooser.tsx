import { RETIRED, TRANSPORT_NAMES, TRANSPORTS, type TransportName } from '../../server/wire.ts';
import { CONNECTIONS, connectionIsShared } from './connections.ts';
import { FAMILIES, FAMILY_TITLES, runsInPage, whyNotInPage, whyRetired } from './families.ts';
import type { LiveLab } from './lab.ts';
import { Marker } from './marker.tsx';

/** Which transports are on the page: switched on and off here, by what they are beside each other. */
export function LaneChooser({ lab }: { readonly lab: LiveLab }) {
  return (
    <section class="chooser" aria-labelledby="chooser-title">
      <h2 id="chooser-title" class="visually-hidden">
        Which transports run
      </h2>
      {FAMILIES.map((family) => {
        const names = TRANSPORT_NAMES.filter(
          (name) => TRANSPORTS[name].family === family && runsInPage(name),
        );
        if (names.length === 0) return null;
        return (
          <fieldset class="group" key={family}>
            <legend>{FAMILY_TITLES[family]}</legend>
            <div class="row">
              {names.map((name) => (
                <LaneSwitch key={name} lab={lab} name={name} />
              ))}
            </div>
          </fieldset>
        );
      })}
      <Connections lab={lab} />
      <Absent />
    </section>
  );
}

function LaneSwitch({ lab, name }: { readonly lab: LiveLab; readonly name: TransportName }) {
  const { title, colour, how } = TRANSPORTS[name];
  const live = lab.shown.value.find(({ line }) => line.name === name);
  const waits = lab.lanes.allotment.value.waiting.includes(name);
  const state = !live ? 'off' : waits ? 'waits' : live.line.running.value ? 'on' : 'stopped';
  return (
    <button
      type="button"
      class="lane-switch"
      style={{ '--transport': colour }}
      aria-pressed={live !== undefined}
      data-lane={name}
      title={how}
      onClick={() => lab.setShown(name, live === undefined)}
    >
      <Marker name={name} />
      {title}
      {/* What is pressed is said already; that one waits is said by its panel. */}
      <small aria-hidden="true">{lab.server.value.kind === 'starting' && live ? 'on' : state}</small>
    </button>
  );
}

/** How many of a browser's connections are held, where there is a bound. */
function Connections({ lab }: { readonly lab: LiveLab }) {
  if (connectionIsShared()) return null;
  return (
    <p class="hint connections">
      {lab.lanes.held.value} of {CONNECTIONS} connections held
    </p>
  );
}

/** What no page can run, with the reason. */
function Absent() {
  const here = TRANSPORT_NAMES.filter((name) => !runsInPage(name)).map((name) => ({
    title: TRANSPORTS[name].title,
    why: whyNotInPage(name),
  }));
  const gone = Object.values(RETIRED).map((one) => ({ title: one.title, why: whyRetired(one) }));
  const absent = [...here, ...gone];
  if (absent.length === 0) return null;
  return (
    <details class="absent">
      <summary>Not in a page: {absent.map(({ title }) => title).join(', ')}</summary>
      <dl>
        {absent.map(({ title, why }) => (
          <div key={title}>
            <dt>{title}</dt>
            <dd>{why}</dd>
          </div>
        ))}
      </dl>
    </details>
  );
}
