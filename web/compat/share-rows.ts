import { MANNERS, type TransportName } from '../../server/wire.ts';
import type { TextRow } from '../results/text-table.tsx';
import { FAMILIES, FAMILY_NAMES } from './matrix.ts';
import { PATH_SCORE_NAMES, PATH_SCORES, type PathShare } from './scores.ts';

/** In a cell whose transport was not tried. */
export const UNTRIED = '–';

/** Each count of paths as a row, a cell for each transport: `9 of 17`. Counts that none of them has are left out. */
export function shareRows(
  shares: readonly PathShare[],
  transports: readonly TransportName[],
): readonly TextRow[] {
  return PATH_SCORE_NAMES.flatMap((score) =>
    FAMILY_NAMES.flatMap((family) =>
      MANNERS.flatMap((manners) => {
        const counted = shares.filter(
          (one) => one.score === score && one.family === family && one.manners === manners,
        );
        if (counted.length === 0) return [];
        return {
          title: `${PATH_SCORES[score]}: ${FAMILIES[family].toLowerCase()}, ${manners} server`,
          cells: transports.map((name) => {
            const share = counted.find(({ transport }) => transport === name);
            return share ? `${share.met} of ${share.of}` : UNTRIED;
          }),
        };
      }),
    ),
  );
}
