import { TRANSPORTS, type TransportName } from '../../server/wire.ts';
import type { Outcome } from '../probe/schema.ts';
import { times } from '../probe/words.ts';

/** How an outcome is shown: never by its colour alone. */
export interface OutcomeLook {
  /** In text: one character. */
  readonly sign: string;
  readonly word: string;
  /** What it means, for the legend. */
  readonly meaning: string;
  /** 3 is best. */
  readonly rank: number;
  /** Ground and sign, on light and on dark: told apart by lightness as well as by hue. */
  readonly light: OutcomeColours;
  readonly dark: OutcomeColours;
}

interface OutcomeColours {
  readonly fill: string;
  readonly ink: string;
}

/** Best first. */
export const OUTCOME_LOOKS: Readonly<Record<Outcome, OutcomeLook>> = {
  whole: {
    sign: '✓',
    word: 'whole',
    meaning: 'all messages came; no connection was cut and no request failed',
    rank: 3,
    light: { fill: '#e2f4ec', ink: '#0a6b4b' },
    dark: { fill: '#10352a', ink: '#74d6ae' },
  },
  recovered: {
    sign: '↻',
    word: 'recovered',
    meaning: 'all messages came, though connections were cut or requests failed (how often)',
    rank: 2,
    light: { fill: '#fbe7ad', ink: '#6e4a00' },
    dark: { fill: '#433409', ink: '#f2c65c' },
  },
  dead: {
    sign: '☾',
    word: 'dead',
    meaning: 'messages stopped coming, and the client was not told',
    rank: 1,
    light: { fill: '#c9bfe6', ink: '#33206e' },
    dark: { fill: '#3a2d68', ink: '#cbbdfa' },
  },
  nothing: {
    sign: '✕',
    word: 'nothing',
    meaning: 'messages did not come, or most of them came too late',
    rank: 0,
    light: { fill: '#c8452b', ink: '#ffffff' },
    dark: { fill: '#d8624a', ink: '#16090a' },
  },
};

// Object.keys loses the literal type of the keys it returns.
export const OUTCOMES = Object.keys(OUTCOME_LOOKS) as readonly Outcome[];

/** Whether all that was published came, cut on the way or not. */
export function isDelivered(outcome: Outcome): boolean {
  return outcome === 'whole' || outcome === 'recovered';
}

/** `✓`, `↻3`, `☾`, `✕`. */
export function outcomeText({ outcome, cuts }: { readonly outcome: Outcome; readonly cuts: number }): string {
  return `${OUTCOME_LOOKS[outcome].sign}${outcome === 'recovered' && cuts > 0 ? cuts : ''}`;
}

/** The same for those who listen: `recovered, cut 3 times`; a poll’s requests may have failed instead. */
export function outcomeWords({
  outcome,
  cuts,
  transport,
}: {
  readonly outcome: Outcome;
  readonly cuts: number;
  readonly transport?: TransportName;
}): string {
  const { word } = OUTCOME_LOOKS[outcome];
  if (cuts === 0) return word;
  const polls = transport !== undefined && TRANSPORTS[transport].paced !== 'push';
  return `${word}, ${polls ? 'interrupted' : 'cut'} ${times(cuts)}`;
}
