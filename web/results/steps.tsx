import type { Findings, StepFinding } from './findings.ts';

/** Where each step of a ranking holds, where it turns over, and why. */
export function Steps({ findings, claims }: { readonly findings: Findings; readonly claims: boolean }) {
  if (findings.steps.length === 0) return null;
  return (
    <section aria-labelledby="steps">
      <h2 id="steps">Where it holds, where it turns over, and why</h2>
      <div class="steps">
        {findings.steps.map((step) => (
          <Step key={step.title} step={step} claims={claims} />
        ))}
      </div>
      {findings.crossovers.length > 0 && (
        <div class="card">
          <h3>Crossovers: the same two, the same metric, and the order turns</h3>
          {findings.crossovers.map(({ title, holds, turns, why }) => (
            <details key={title}>
              <summary>{title}</summary>
              <p>As the claim has it: {holds.join('; ')}.</p>
              <p>The other way round: {turns.join('; ')}.</p>
              {why && <p class="quiet">{why}</p>}
            </details>
          ))}
        </div>
      )}
    </section>
  );
}

function Step({ step, claims }: { readonly step: StepFinding; readonly claims: boolean }) {
  const { reproduced, refuted, tie, undecided } = step.tally;
  return (
    <div class="card">
      <h3>{step.title}</h3>
      <p class="quiet">
        {claims ? '' : 'No claim, one would need more blocks: '}
        {reproduced} reproduced, {refuted} refuted, {tie} ties, {undecided} undecided.
      </p>
      <ul>
        {step.lines.map(({ scenario, metric, text, why }) => (
          <li key={scenario + metric.id}>
            <strong>
              {scenario}: {metric.title}
            </strong>
            : {text}.{why && <span class="quiet"> {why}</span>}
          </li>
        ))}
      </ul>
    </div>
  );
}
