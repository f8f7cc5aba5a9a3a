import { useMemo } from 'preact/hooks';
import { findCompat } from './findings.ts';
import type { Compat } from './schema.ts';

/** A run of the compatibility lab. */
export function CompatView({ compat }: { readonly compat: Compat }) {
  const findings = useMemo(() => findCompat(compat), [compat]);
  return <article class="run">{findings.headline}</article>;
}
