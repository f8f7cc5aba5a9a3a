export interface TextRow {
  /** No other row of the table has it. */
  readonly title: string;
  /** One for each column behind the first. */
  readonly cells: readonly string[];
}

/** Rows of text under their heads, the first column naming the rows. */
export function TextTable({
  head,
  rows,
}: {
  readonly head: readonly string[];
  readonly rows: readonly TextRow[];
}) {
  return (
    <table>
      <thead>
        <tr>
          {head.map((title) => (
            <th scope="col" key={title}>
              {title}
            </th>
          ))}
        </tr>
      </thead>
      <tbody>
        {rows.map(({ title, cells }) => (
          <tr key={title}>
            <th scope="row">{title}</th>
            {cells.map((text, i) => (
              <td key={head[i + 1]}>{text}</td>
            ))}
          </tr>
        ))}
      </tbody>
    </table>
  );
}
