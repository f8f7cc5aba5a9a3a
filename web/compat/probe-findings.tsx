import { TRANSPORTS } from '../../server/wire.ts';
import { Marker } from '../live/marker.tsx';
import { diagnose } from '../probe/diagnose.ts';
import { type Advice, recommend } from '../probe/recommend.ts';
import type { Diagnosis, ProbeResult, Remedy } from '../probe/schema.ts';
import { CodeBlock } from './code-block.tsx';

/** What lies on the way in words, what to do about it, and which transport to choose. */
export function ProbeFindings({ result }: { readonly result: ProbeResult }) {
  const diagnoses = diagnose(result);
  const { now, after } = recommend(result);
  const reached = !diagnoses.some(({ id }) => id === 'unreachable');
  return (
    <>
      <h3>What lies on the way</h3>
      <ul class="diagnoses">
        {diagnoses.map((diagnosis) => (
          <DiagnosisItem key={diagnosis.id} diagnosis={diagnosis} />
        ))}
      </ul>
      {reached && (
        <>
          <h3>What to choose</h3>
          <Choice when="As it is" advice={now} />
          {after !== now && <Choice when="After the remedies" advice={after} />}
        </>
      )}
    </>
  );
}

function DiagnosisItem({ diagnosis }: { readonly diagnosis: Diagnosis }) {
  const { id, title, evidence, remedies } = diagnosis;
  const someLikely = remedies.some(({ likely }) => likely);
  return (
    <li class="diagnosis" data-diagnosis={id}>
      <h4>{title}</h4>
      <p>{evidence}</p>
      {remedies.map((remedy, at) => (
        <RemedyItem
          key={remedy.where}
          remedy={remedy}
          open={someLikely ? remedy.likely === true : at === 0}
        />
      ))}
    </li>
  );
}

function RemedyItem({ remedy, open }: { readonly remedy: Remedy; readonly open: boolean }) {
  const { where, what, code, likely } = remedy;
  return (
    <details open={open}>
      <summary>
        {where}
        {likely && <span class="badge">named in the answers’ headers</span>}
      </summary>
      <p>{what}</p>
      {code !== undefined && <CodeBlock code={code} />}
    </details>
  );
}

function Choice({ when, advice: { transport, why } }: { readonly when: string; readonly advice: Advice }) {
  return (
    <p class="choice">
      {transport !== null && (
        <>
          <Marker name={transport} />
          <strong>
            {when}: {TRANSPORTS[transport].title}.
          </strong>{' '}
        </>
      )}
      {why}
    </p>
  );
}
