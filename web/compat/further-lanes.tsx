import { MANNERS, TRANSPORTS } from '../../server/wire.ts';
import type { FurtherLanes } from './lanes.ts';
import { FAMILIES, FAMILY_NAMES, type MatrixRow } from './matrix.ts';
import { OutcomeTable } from './outcome-table.tsx';
import { PATH_SCORE_NAMES, PATH_SCORES, type PathShare } from './scores.ts';

/** What came through beside the four techniques: in words, in counts, and cell by cell. */
export function FurtherLanesSection({
  further: { lanes, shares, sentences },
  rows,
}: {
  readonly further: FurtherLanes;
  readonly rows: readonly MatrixRow[];
}) {
  if (lanes.length === 0) return null;
  return (
    <section aria-labelledby="further">
      <h2 id="further">Beside the four techniques</h2>
      <p class="quiet">
        Libraries and what stood in for the techniques, on the same paths; the folk order is not about them. A
        cell with a ring is unlike that of the technique which its lane is measured against. Each cell is one
        trial.
      </p>
      <ul class="card">
        {sentences.map((text) => (
          <li key={text}>{text}</li>
        ))}
      </ul>
      <OutcomeTable id="further" rows={rows} lanes={lanes} />
      <details>
        <summary>How many paths each of them passes</summary>
        <Shares lanes={lanes} shares={shares} />
      </details>
    </section>
  );
}

function Shares({ lanes, shares }: Pick<FurtherLanes, 'lanes' | 'shares'>) {
  const find = (wanted: Omit<PathShare, 'met' | 'of'>): PathShare | undefined =>
    shares.find(
      ({ score, family, manners, transport }) =>
        score === wanted.score &&
        family === wanted.family &&
        manners === wanted.manners &&
        transport === wanted.transport,
    );
  const lines = PATH_SCORE_NAMES.flatMap((score) =>
    FAMILY_NAMES.flatMap((family) =>
      MANNERS.map((manners) => ({
        title: `${PATH_SCORES[score]}: ${FAMILIES[family].toLowerCase()}, ${manners} server`,
        own: lanes.map((transport) => find({ score, family, manners, transport })),
      })),
    ),
  );
  return (
    <div class="wide card">
      <table>
        <thead>
          <tr>
            <th scope="col">Count</th>
            {lanes.map((name) => (
              <th scope="col" key={name}>
                {TRANSPORTS[name].title}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {lines
            .filter(({ own }) => own.some((share) => share))
            .map(({ title, own }) => (
              <tr key={title}>
                <th scope="row">{title}</th>
                {lanes.map((name, at) => {
                  const share = own[at];
                  return <td key={name}>{share ? `${share.met} of ${share.of}` : '–'}</td>;
                })}
              </tr>
            ))}
        </tbody>
      </table>
    </div>
  );
}
