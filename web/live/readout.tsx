import { TRANSPORTS, type TransportName } from '../../server/wire.ts';
import { Marker } from './marker.tsx';

interface ReadoutProps {
  readonly columns: readonly string[];
  readonly rows: readonly { readonly name: TransportName; readonly cells: readonly string[] }[];
}

/** A chart's figures: its legend, and what a screen reader gets of it. */
export function Readout({ columns, rows }: ReadoutProps) {
  return (
    <div class="table-scroll">
      <table class="readout">
        <thead>
          <tr>
            <th scope="col">
              <span class="visually-hidden">Transport</span>
            </th>
            {columns.map((column) => (
              <th scope="col" key={column}>
                {column}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.map(({ name, cells }) => (
            <tr key={name}>
              <th scope="row">
                <Marker name={name} />
                {TRANSPORTS[name].title}
              </th>
              {cells.map((cell, index) => (
                <td key={columns[index]}>{cell}</td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
