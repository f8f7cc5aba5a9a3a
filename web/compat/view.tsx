import { useMemo } from 'preact/hooks';
import { Advice } from './advice-list.tsx';
import { CompatConditions } from './conditions.tsx';
import { Environments } from './environments.tsx';
import { type CompatFindings, findCompat } from './findings.ts';
import { FurtherLanesSection } from './further-lanes.tsx';
import { CompatMatrixTable } from './matrix-table.tsx';
import { FOLK_ORDER_TEXT } from './names.ts';
import { Weights } from './order-shares.tsx';
import { Pairs } from './pairs.tsx';
import type { Compat } from './schema.ts';
import { Scores } from './score-charts.tsx';
import { SupportSection } from './support.tsx';

/** A run of the compatibility lab, from its verdict down to its conditions: the page and report.html alike. */
export function CompatView({ compat }: { readonly compat: Compat }) {
  const findings = useMemo(() => findCompat(compat), [compat]);
  const { matrix } = findings;
  return (
    <article class="run compat">
      <Headline compat={compat} findings={findings} />
      <Scores findings={findings} support={compat.support} />
      <CompatMatrixTable matrix={matrix} />
      <FurtherLanesSection further={findings.further} rows={matrix.rows} />
      <Advice advice={findings.advice} rows={matrix.rows} />
      <Pairs judgements={findings.judgements} claims={findings.claims} />
      <Weights weights={findings.weights} bias={findings.bias} />
      <Environments environments={compat.environments} />
      <SupportSection support={compat.support} />
      <CompatConditions compat={compat} />
    </article>
  );
}

function Headline({ compat, findings }: { readonly compat: Compat; readonly findings: CompatFindings }) {
  const { run } = compat;
  const { rows, leftOut } = findings.matrix;
  return (
    <header class="card headline">
      <h1>What comes through: is it {FOLK_ORDER_TEXT}?</h1>
      {!findings.claims && <p class="badge">{run.complete ? 'Quick' : 'Stopped'}: no claim</p>}
      <p class="lead">{findings.headline}</p>
      <p class="quiet">
        Run {run.name}: {rows.length} paths, each with a polite and a naive server
        {leftOut.length > 0 ? `; ${leftOut.length} left out` : ''}; {run.browser ?? 'clients in Node'}.
      </p>
      <ul class="digest">
        {findings.sentences.map((sentence) => (
          <li key={sentence}>{sentence}</li>
        ))}
      </ul>
    </header>
  );
}
