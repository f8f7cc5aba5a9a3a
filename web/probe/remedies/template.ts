import type { Finding } from '../findings/view.ts';
import type { Product } from '../products.ts';
import type { DiagnosisId, Remedy } from '../schema.ts';

export const SERVER = 'Your server';
export const CLIENT = 'Your client';

/** A remedy before it is known whether the product it is for has named itself. */
export interface Template extends Omit<Remedy, 'likely'> {
  /** The products it is for. */
  readonly products?: readonly Product[];
}

/** What to do about each finding, in the order in which it is told where no product has named itself. */
export type Remedies = Readonly<Record<DiagnosisId, (finding: Finding) => readonly Template[]>>;
