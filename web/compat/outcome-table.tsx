import { useSignal } from '@preact/signals';
import { MANNERS, type Manners, TRANSPORTS, type TransportName } from '../../server/wire.ts';
import type { ProbeRow } from '../probe/schema.ts';
import { FactList } from '../results/fact-list.tsx';
import { cellFacts } from './cell-facts.ts';
import { FAMILIES, MANNERS_TITLES, type MatrixRow } from './matrix.ts';
import { outcomeWords } from './outcomes.ts';
import { outcomeStyle, Sign } from './sign.tsx';

/** What a row has open: a cell’s details, or its path’s. */
interface Opened {
  readonly pathId: string;
  readonly cell?: { readonly manners: Manners; readonly transport: TransportName };
}

/** Every path with these lanes, both servers. Cells and paths open their details below their row. */
export function OutcomeTable({
  id,
  rows,
  lanes,
}: {
  /** No other table of the page has it. */
  readonly id: string;
  readonly rows: readonly MatrixRow[];
  readonly lanes: readonly TransportName[];
}) {
  const opened = useSignal<Opened | undefined>(undefined);
  const toggle = (next: Opened): void => {
    opened.value = sameOpened(opened.value, next) ? undefined : next;
  };
  const groups = [
    { title: FAMILIES.mechanism, rows: rows.filter(({ family }) => family === 'mechanism') },
    { title: 'Products', rows: rows.filter(({ family }) => family !== 'mechanism') },
  ].filter((group) => group.rows.length > 0);
  if (groups.length === 0) return null;
  return (
    <div class="wide card outcomes-card">
      <table class="outcomes" style={{ '--cells': MANNERS.length * lanes.length }}>
        <thead>
          <tr>
            <td />
            {MANNERS.map((manners) => (
              <th scope="colgroup" colSpan={lanes.length} key={manners}>
                {MANNERS_TITLES[manners]}
              </th>
            ))}
          </tr>
          <tr>
            <th scope="col">Path</th>
            {MANNERS.map((manners, block) =>
              lanes.map((name, at) => (
                <th scope="col" key={manners + name} class={firstOfBlock(block, at)}>
                  {TRANSPORTS[name].title}
                </th>
              )),
            )}
          </tr>
        </thead>
        {groups.map((group) => (
          <tbody key={group.title}>
            <tr class="family">
              <th scope="rowgroup" colSpan={1 + MANNERS.length * lanes.length}>
                <span>{group.title}</span>
              </th>
            </tr>
            {group.rows.map((row) => (
              <PathRows
                key={row.path.id}
                tableId={id}
                row={row}
                lanes={lanes}
                opened={opened.value}
                toggle={toggle}
              />
            ))}
          </tbody>
        ))}
      </table>
    </div>
  );
}

/** A gap stands between the columns of one server and those of the next. */
function firstOfBlock(block: number, at: number): string | undefined {
  return block > 0 && at === 0 ? 'first-of-block' : undefined;
}

function PathRows({
  tableId,
  row,
  lanes,
  opened,
  toggle,
}: {
  readonly tableId: string;
  readonly row: MatrixRow;
  readonly lanes: readonly TransportName[];
  readonly opened: Opened | undefined;
  readonly toggle: (next: Opened) => void;
}) {
  const { path, cells, title } = row;
  const detailsId = `${tableId}-details-${path.id.replaceAll(/[^a-z0-9]+/gi, '-')}`;
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
        {MANNERS.map((manners, block) =>
          lanes.map((transport, at) => {
            const cell = cells[manners][transport];
            const isOpen = shown !== undefined && shown === cell;
            return (
              <td key={manners + transport} class={firstOfBlock(block, at)}>
                {cell && (
                  <Cell
                    cell={cell}
                    unlike={unlikeOf(row, manners, transport)}
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
          <td colSpan={1 + MANNERS.length * lanes.length}>
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

/** The technique that a lane is measured against, where it fared otherwise on this path. */
function unlikeOf(
  { cells }: MatrixRow,
  manners: Manners,
  transport: TransportName,
): TransportName | undefined {
  const { against } = TRANSPORTS[transport];
  const other = against && cells[manners][against];
  return other && other.outcome !== cells[manners][transport]?.outcome ? against : undefined;
}

function Cell({
  cell,
  unlike,
  expanded,
  controls,
  onToggle,
}: {
  readonly cell: ProbeRow;
  readonly unlike: TransportName | undefined;
  readonly expanded: boolean;
  readonly controls: string | undefined;
  readonly onToggle: () => void;
}) {
  const { outcome, cuts } = cell;
  return (
    <button
      type="button"
      class={unlike === undefined ? 'outcome' : 'outcome unlike'}
      style={outcomeStyle(outcome)}
      aria-expanded={expanded}
      aria-controls={controls}
      onClick={onToggle}
    >
      <Sign outcome={outcome} />
      {outcome === 'recovered' && cuts > 0 && <span aria-hidden="true">{cuts}</span>}
      <span class="visually-hidden">
        {outcomeWords(cell)}
        {unlike !== undefined && `, unlike ${TRANSPORTS[unlike].title}`}
      </span>
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
