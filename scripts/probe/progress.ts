import { TRANSPORTS } from '../../server/wire.ts';
import type { ProbeProgress } from '../../web/probe/run-probe.ts';

const PHASES: Readonly<Record<ProbeProgress['phase'], string>> = {
  connecting: 'connecting',
  live: 'messages as they happen',
  silence: 'silence',
  waking: 'messages after the silence',
  waiting: 'waiting for what has not come',
  done: 'done',
};

/** Shows how far a probe is, on stderr: one line redrawn on a terminal, a line for each phase elsewhere. */
export interface ProgressLine {
  show(progress: ProbeProgress): void;
  end(): void;
}

export function createProgressLine(stream: NodeJS.WriteStream): ProgressLine {
  let phase: ProbeProgress['phase'] | undefined;
  return {
    show(progress) {
      if (stream.isTTY) {
        stream.write(`\r\u001b[K${lineOf(progress).slice(0, Math.max(20, stream.columns - 1))}`);
      } else if (progress.phase !== phase) {
        stream.write(`${lineOf(progress)}\n`);
      }
      phase = progress.phase;
    },
    end() {
      if (stream.isTTY) stream.write('\r\u001b[K');
    },
  };
}

function lineOf({ elapsedMs, totalMs, phase, rows }: ProbeProgress): string {
  const counts = rows.map(
    ({ transport, manners, delivered }) => `${TRANSPORTS[transport].title} ${manners.charAt(0)} ${delivered}`,
  );
  const seconds = `${Math.round(elapsedMs / 1000)} of at most ${Math.round(totalMs / 1000)} s`;
  return `${seconds} · ${PHASES[phase]} · ${counts.join(' · ')}`;
}
