import { RETIRED, TRANSPORT_NAMES, TRANSPORTS, type TransportName } from '../../server/wire.ts';
import { FAMILIES, FAMILY_TITLES, runsInPage, whyNotInPage, whyRetired } from './families.ts';
import { Marker } from './marker.tsx';

const COLUMNS = ['Transport', 'How its client gets messages', 'Way up', 'Runs in', 'Measured against'];

/** All that the registry names, and what is retired: what each is, and nothing about how well it does. */
export function TransportsTable() {
  return (
    <section class="card" aria-labelledby="transports-title">
      <header class="card-head">
        <h2 id="transports-title">The transports</h2>
      </header>
      <table class="transports">
        <thead>
          <tr>
            {COLUMNS.map((column) => (
              <th scope="col" key={column}>
                {column}
              </th>
            ))}
          </tr>
        </thead>
        {FAMILIES.map((family) => {
          const names = TRANSPORT_NAMES.filter((name) => TRANSPORTS[name].family === family);
          if (names.length === 0) return null;
          return (
            <tbody key={family}>
              <GroupRow title={FAMILY_TITLES[family]} />
              {names.map((name) => (
                <TransportRow key={name} name={name} />
              ))}
            </tbody>
          );
        })}
        <tbody>
          <GroupRow title="Retired" />
          {Object.entries(RETIRED).map(([name, retired]) => (
            <tr key={name}>
              <th scope="row">{retired.title}</th>
              <td colSpan={COLUMNS.length - 1}>{whyRetired(retired)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
}

function GroupRow({ title }: { readonly title: string }) {
  return (
    <tr class="family">
      <th scope="rowgroup" colSpan={COLUMNS.length}>
        {title}
      </th>
    </tr>
  );
}

function TransportRow({ name }: { readonly name: TransportName }) {
  const { title, how, up, hosts, against } = TRANSPORTS[name];
  const [, howTitle, upTitle, hostsTitle, againstTitle] = COLUMNS;
  return (
    <tr>
      <th scope="row">
        <Marker name={name} />
        {title}
      </th>
      <td data-column={howTitle}>
        {how}
        {runsInPage(name) ? '' : ` ${whyNotInPage(name)}`}
      </td>
      <td data-column={upTitle}>{up ?? 'POST'}</td>
      <td data-column={hostsTitle}>{hosts.map((host) => HOSTS[host]).join(' and ')}</td>
      <td data-column={againstTitle} data-empty={against === undefined}>
        {against ? TRANSPORTS[against].title : '–'}
      </td>
    </tr>
  );
}

const HOSTS = { node: 'Node', browser: 'browsers' } as const;
