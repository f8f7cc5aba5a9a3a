import { InvalidArgumentError } from 'commander';

/** Parsers for the values of flags, for all commands: each throws what commander shows with flag and value. */

/** A number from `min` to `max`, whole unless said otherwise; `unit` is what it counts, as in `seconds`. */
export function number(
  min: number,
  max: number,
  { whole = true, unit }: { readonly whole?: boolean; readonly unit?: string } = {},
): (text: string) => number {
  return (text) => {
    const value = Number(text);
    if (text.trim() === '' || !(value >= min && value <= max) || (whole && !Number.isInteger(value))) {
      const of = unit === undefined ? '' : ` of ${unit}`;
      throw new InvalidArgumentError(
        `It must be a ${whole ? 'whole ' : ''}number${of} from ${min} to ${max}.`,
      );
    }
    return value;
  };
}

export function oneOf<T extends string>(names: readonly T[]): (text: string) => T {
  return (text) => {
    const name = names.find((one) => one === text);
    if (name === undefined) throw new InvalidArgumentError(`There are ${names.join(', ')}.`);
    return name;
  };
}

/** Several values with commas between. */
export function listOf<T>(parse: (text: string) => T): (text: string) => readonly T[] {
  return (text) => text.split(',').map((part) => parse(part.trim()));
}
