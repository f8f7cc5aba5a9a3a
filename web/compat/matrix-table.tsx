import { useSignal } from '@preact/signals';
import { MANNERS, type Manners, TRANSPORTS, type TransportName } from '../../server/wire.ts';
import type { ProbeRow } from '../probe/schema.ts';
import { FactList } from '../results/fact-list.tsx';
import { cellFacts } from './cell-facts.ts';
import { type CompatMatrix, FAMILIES, MANNERS_TITLES, type MatrixRow } from './matrix.ts';
import { outcomeWords } from './outcomes.ts';
import { FOLK_ORDER } from './scores.ts';
import { Legend, outcomeStyle, Sign } from './sign.tsx';

/** What a row has open: a cell’s details, or its path’s. */
interface Opened {
  readonly pathId: string;
  readonly cell?: { readonly manners: Manners; readonly transport: TransportName };
}

const COLUMNS = 1 + MANNERS.length * FOLK_ORDER.length;

/** Every path, every transport, both servers. Cells and paths open their details below their row. */
export function CompatMatrixTable({ matrix }: { readonly matrix: CompatMatrix }) {
  const opened = useSignal<Opened | undefined>(undefined);
  const { rows, leftOut } = matrix;
  const toggle = (next: Opened): void => {
    opened.value = sameOpened(opened.value, next) ? undefined : next;
  };
  const groups = [
    { title: FAMILIES.mechanism, rows: rows.filter(({ family }) => family === 'mechanism') },
    { title: 'Products', rows: rows.filter(({ family }) => family !== 'mechanism') },
  ].filter((group) => group.rows.length > 0);
  return (
    <section aria-labelledby="matrix">
      <h2 id="matrix">Every path, every transport</h2>
      <Legend />
      {groups.length > 0 && (
        <div class="wide card outcomes-card">
          <table class="outcomes">
            <thead>
              <tr>
                <td />
                {MANNERS.map((manners) => (
                  <th scope="colgroup" colSpan={FOLK_ORDER.length} key={manners}>
                    {MANNERS_TITLES[manners]}
                  </th>
                ))}
              </tr>
              <tr>
                <th scope="col">Path</th>
                {MANNERS.map((manners) =>
                  FOLK_ORDER.map((name) => (
                    <th scope="col" key={manners + name}>
                      {TRANSPORTS[name].title}
                    </th>
                  )),
                )}
              </tr>
            </thead>
            {groups.map((group) => (
              <tbody key={group.title}>
                <tr class="family">
                  <th scope="rowgroup" colSpan={COLUMNS}>
                    <span>{group.title}</span>
                  </th>
                </tr>
                {group.rows.map((row) => (
                  <PathRows key={row.path.id} row={row} opened={opened.value} toggle={toggle} />
                ))}
              </tbody>
            ))}
          </table>
        </div>
      )}
      {leftOut.length > 0 && (
        <div class="card">
          <h3>Left out, and in no score</h3>
          <ul>
            {leftOut.map(({ title, reason }) => (
              <li key={title}>
                <strong>{title}</strong>: {reason}
              </li>
            ))}
          </ul>
        </div>
      )}
    </section>
  );
}

function PathRows({
  row,
  opened,
  toggle,
}: {
  readonly row: MatrixRow;
  readonly opened: Opened | undefined;
  readonly toggle: (next: Opened) => void;
}) {
  const { path, cells, title } = row;
  const detailsId = `details-${path.id.replaceAll(/[^a-z0-9]+/gi, '-')}`;
  const own = opened?.pathId === path.id ? opened : undefined;
  const shown = own?.cell && cells[own.cell.manners][own.cell.transport];
  return (
    <>
      <tr>
        <th scope="row">
          <button
            type="button"
            class="path"
            aria-expanded={own !== undefined && !own.cell}
            aria-controls={own && !own.cell ? detailsId : undefined}
            onClick={() => toggle({ pathId: path.id })}
          >
            {title}
          </button>
        </th>
        {MANNERS.map((manners) =>
          FOLK_ORDER.map((transport) => {
            const cell = cells[manners][transport];
            const isOpen = shown !== undefined && shown === cell;
            return (
              <td key={manners + transport}>
                {cell && (
                  <Cell
                    cell={cell}
                    expanded={isOpen}
                    controls={isOpen ? detailsId : undefined}
                    onToggle={() => toggle({ pathId: path.id, cell: { manners, transport } })}
                  />
                )}
              </td>
            );
          }),
        )}
      </tr>
      {own && (
        <tr class="details">
          <td colSpan={COLUMNS}>
            <div id={detailsId} class="details-box">
              {own.cell && shown ? (
                <>
                  <h3>
                    {title}: {TRANSPORTS[own.cell.transport].title}, {own.cell.manners} server
                  </h3>
                  <FactList facts={cellFacts(shown)} />
                </>
              ) : (
                <PathDetails row={row} />
              )}
            </div>
          </td>
        </tr>
      )}
    </>
  );
}

function Cell({
  cell,
  expanded,
  controls,
  onToggle,
}: {
  readonly cell: ProbeRow;
  readonly expanded: boolean;
  readonly controls: string | undefined;
  readonly onToggle: () => void;
}) {
  const { outcome, cuts } = cell;
  return (
    <button
      type="button"
      class="outcome"
      style={outcomeStyle(outcome)}
      aria-expanded={expanded}
      aria-controls={controls}
      onClick={onToggle}
    >
      <Sign outcome={outcome} />
      {outcome === 'recovered' && cuts > 0 && <span aria-hidden="true">{cuts}</span>}
      <span class="visually-hidden">{outcomeWords(cell)}</span>
    </button>
  );
}

function PathDetails({ row: { path, title } }: { readonly row: MatrixRow }) {
  const { version, standsFor, config, role } = path;
  return (
    <>
      <h3>{title}</h3>
      <p>{standsFor}</p>
      {version !== null && (
        <p class="quiet">
          {version}
          {role === null ? '' : `, as ${role}`}
        </p>
      )}
      {config !== null && (
        <pre class="code">
          <code>{config}</code>
        </pre>
      )}
    </>
  );
}

function sameOpened(a: Opened | undefined, b: Opened): boolean {
  return (
    a?.pathId === b.pathId && a.cell?.manners === b.cell?.manners && a.cell?.transport === b.cell?.transport
  );
}
