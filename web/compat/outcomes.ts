import type { Outcome } from '../probe/schema.ts';

/** How an outcome is shown: never by its colour alone. */
export interface OutcomeLook {
  /** In text: one character. */
  readonly sign: string;
  /** As a drawing, in a square from -1 to 1: strokes, so that no font has to have it. */
  readonly strokes: string;
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
    strokes: 'M-.75 .05L-.2 .6L.8 -.6',
    word: 'whole',
    meaning: 'all messages came, over a line that was never cut',
    rank: 3,
    light: { fill: '#e2f4ec', ink: '#0a6b4b' },
    dark: { fill: '#10352a', ink: '#74d6ae' },
  },
  recovered: {
    sign: '↻',
    strokes: 'M.6 -.45A.72 .72 0 1 0 .72 .2M.72 -.85L.64 -.38L.16 -.42',
    word: 'recovered',
    meaning: 'all came, though the line was cut (how often)',
    rank: 2,
    light: { fill: '#fbe7ad', ink: '#6e4a00' },
    dark: { fill: '#433409', ink: '#f2c65c' },
  },
  dead: {
    sign: '☾',
    strokes: 'M.35 -.75A.8 .8 0 1 0 .35 .75A.95 .95 0 0 1 .35 -.75',
    word: 'dead',
    meaning: 'came until the silence, nothing after it, and nobody was told',
    rank: 1,
    light: { fill: '#c9bfe6', ink: '#33206e' },
    dark: { fill: '#3a2d68', ink: '#cbbdfa' },
  },
  nothing: {
    sign: '✕',
    strokes: 'M-.6 -.6L.6 .6M.6 -.6L-.6 .6',
    word: 'nothing',
    meaning: 'what was published did not come, or not while it was news',
    rank: 0,
    light: { fill: '#c8452b', ink: '#ffffff' },
    dark: { fill: '#d8624a', ink: '#16090a' },
  },
};

// Object.keys loses the literal type of the keys it returns.
export const OUTCOMES = Object.keys(OUTCOME_LOOKS) as readonly Outcome[];

/** Whether all that was published came, over a line that was cut or not. */
export function isDelivered(outcome: Outcome): boolean {
  return outcome === 'whole' || outcome === 'recovered';
}

/** `✓`, `↻3`, `☾`, `✕`. */
export function outcomeText({ outcome, cuts }: { readonly outcome: Outcome; readonly cuts: number }): string {
  return `${OUTCOME_LOOKS[outcome].sign}${outcome === 'recovered' && cuts > 0 ? cuts : ''}`;
}

/** The same for those who listen: `recovered, cut 3 times`. */
export function outcomeWords({
  outcome,
  cuts,
}: {
  readonly outcome: Outcome;
  readonly cuts: number;
}): string {
  const { word } = OUTCOME_LOOKS[outcome];
  if (cuts === 0) return word;
  return `${word}, cut ${cuts === 1 ? 'once' : `${cuts} times`}`;
}
