import { findCuts, findRateLimit, findSilentDeath } from './findings/cuts.ts';
import { findCached, findHeldBack, findLate } from './findings/held-back.ts';
import { findUpgradeTroubles } from './findings/upgrade.ts';
import { type Finder, type Finding, nameRows, ofTechniques } from './findings/view.ts';
import { recommend } from './recommend.ts';
import { remediesFor } from './remedies.ts';
import type { Diagnosis, DiagnosisId, ProbeResult } from './schema.ts';

/** Most important first: what nobody notices, what keeps everything out, what cuts, what slows down. */
const FINDERS: readonly Finder[] = [
  findSilentDeath,
  findHeldBack,
  findCached,
  findUpgradeTroubles,
  findRateLimit,
  findCuts,
  findLate,
];

/**
 * What lies on the way, most important first, with what was seen of it by the techniques and what to do. Always at
 * least one: `clear` where all came whole, `unexplained` where it did not and nothing known is the reason.
 */
export function diagnose(whole: ProbeResult): readonly Diagnosis[] {
  const result = ofTechniques(whole);
  const unreached = findUnreachable(result);
  const findings = unreached ? [unreached] : withoutConsequences(FINDERS.flatMap((find) => find(result)));
  const told = findings.length > 0 ? findings : [findNothing(result)];
  return told.map((finding) => ({
    id: finding.id,
    title: finding.title,
    evidence: finding.evidence,
    remedies: remediesFor(finding, result),
  }));
}

/** What a mechanism brings with it is no second one. */
const CONSEQUENCES: Partial<Record<DiagnosisId, readonly DiagnosisId[]>> = {
  'silent-death': ['idle-cut', 'first-bytes-held'],
  'rate-limited': ['idle-cut'],
};

function withoutConsequences(findings: readonly Finding[]): readonly Finding[] {
  const dragged = new Set(findings.flatMap(({ id }) => CONSEQUENCES[id] ?? []));
  return findings.filter(({ id }) => !dragged.has(id));
}

function findUnreachable({ reach, rows, sightings }: ProbeResult): Finding | undefined {
  const anything = rows.some(({ delivered }) => delivered > 0) || sightings.length > 0;
  if (reach.error === null || anything) return undefined;
  return reach.echo === null
    ? {
        id: 'unreachable',
        title: 'There is no lab to be reached at this address',
        evidence: sentence(reach.error),
      }
    : {
        id: 'unreachable',
        title: 'The lab is there, but does not begin a probe',
        evidence: sentence(reach.error),
      };
}

function findNothing(result: ProbeResult): Finding {
  const troubled = result.rows.filter(({ outcome }) => outcome !== 'whole');
  if (troubled.length === 0) {
    const { transport, why } = recommend(result).now;
    return {
      id: 'clear',
      title: 'Nothing on the way interferes',
      evidence: `Over ${nameRows(result, result.rows)} everything came, over connections that were never cut. ${transport === null ? '' : why}`,
    };
  }
  const reasons = troubled.map(
    (row) =>
      `${nameRows(result, [row])}: ${row.failure?.reason ?? (row.cuts === 1 ? 'cut once' : `cut ${row.cuts} times`)}`,
  );
  return {
    id: 'unexplained',
    title: 'Not everything came whole, and nothing known explains it',
    evidence: `${reasons.join('; ')}.`,
  };
}

function sentence(text: string): string {
  return /[.!?]$/.test(text) ? text : `${text}.`;
}
