import { Presets, SingleBar } from 'cli-progress';

/** Shows how far a run is: a bar on a terminal, a line for each step that matters elsewhere. */
export interface Progress {
  step(text: string): void;
  progress(doneMs: number, leftMs: number): void;
  notice(text: string): void;
  end(): void;
}

export function createProgress(): Progress {
  return process.stdout.isTTY ? onTerminal() : inLog();
}

function onTerminal(): Progress {
  const bar = new SingleBar(
    {
      format: '{bar} {percentage}% · {left} left · {step}',
      barsize: 24,
      hideCursor: true,
      etaBuffer: 1,
      stopOnComplete: false,
      clearOnComplete: true,
    },
    Presets.shades_classic,
  );
  const shown = { step: 'starting', left: '…' };
  bar.start(1, 0, shown);
  return {
    step(text) {
      shown.step = text;
      bar.update(shown);
    },
    progress(doneMs, leftMs) {
      shown.left = formatLeft(leftMs);
      bar.setTotal(Math.max(1, doneMs + leftMs));
      bar.update(doneMs, shown);
    },
    notice(text) {
      bar.stop();
      console.log(text);
      bar.start(bar.getTotal(), bar.getProgress() * bar.getTotal(), shown);
    },
    end: () => bar.stop(),
  };
}

/** One line for each block and a tenth of the way: a log that can be read afterwards. */
function inLog(): Progress {
  let lastTenth = -1;
  let step = '';
  return {
    step(text) {
      step = text;
    },
    progress(doneMs, leftMs) {
      const tenth = Math.floor((10 * doneMs) / Math.max(1, doneMs + leftMs));
      if (tenth === lastTenth) return;
      lastTenth = tenth;
      console.log(`${tenth * 10} % · ${formatLeft(leftMs)} left${step ? ` · ${step}` : ''}`);
    },
    notice: (text) => console.log(text),
    end: () => undefined,
  };
}

function formatLeft(leftMs: number): string {
  const seconds = Math.round(leftMs / 1000);
  return seconds < 90 ? `${seconds} s` : `${Math.round(seconds / 60)} min`;
}
