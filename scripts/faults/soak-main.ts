import { Command } from 'commander';
import type { Estimate } from '../../web/results/estimate.ts';
import { number } from '../flags.ts';
import { leftOver, runSoak, type SoakOutcome } from './soak.ts';

/** Memory counts as level where it is not certain to grow, or grows by less than this share of itself within the run. */
const LEVEL_SHARE = 0.05;

const command = new Command('soak')
  .description(
    'Has subscribers over all transports come and go while connections are cut, forgotten, held up and filled with rubbish, and sees what is left of the server’s promises.',
  )
  .option('--minutes <n>', 'for how long (0.1 to 10000)', number(0.1, 10_000, { whole: false }), 10)
  .option('--subscribers <n>', 'at once (1 to 5000)', number(1, 5000), 1000)
  .option('--rate <n>', 'messages a second (1 to 100)', number(1, 100), 5)
  .option('--stay <n>', 'seconds that a subscriber stays, on the average (1 to 3600)', number(1, 3600), 60)
  .option('--fault-every <n>', 'seconds between faults, on the average (1 to 3600)', number(1, 3600), 10)
  .option('--seed <n>', 'of all that is random; another one each time by default', number(0, 2 ** 32 - 1))
  .allowExcessArguments(false)
  .parse();
const {
  minutes,
  subscribers,
  rate,
  stay,
  faultEvery,
  seed = Math.trunc(Math.random() * 2 ** 32),
} = command.opts<{
  minutes: number;
  subscribers: number;
  rate: number;
  stay: number;
  faultEvery: number;
  seed?: number;
}>();
const durationMs = minutes * 60_000;

console.log(`${subscribers} subscribers for ${minutes} min, --seed ${seed}`);
const ending = new AbortController();
process.once('SIGINT', () => ending.abort());
let told = 0;
const outcome = await runSoak(
  {
    durationMs,
    subscribers,
    ratePerSecond: rate,
    stayMs: stay * 1000,
    faultEveryMs: faultEvery * 1000,
    seed,
  },
  ({ doneMs, tally, stats }) => {
    const tenth = Math.floor((10 * doneMs) / durationMs);
    if (tenth <= told) return;
    told = tenth;
    const resident = Math.round(stats.process.rssBytes / 1e6);
    console.log(
      `${tenth * 10} %: ${tally.came} came, ${tally.received} messages, ${tally.returned} returns, ${resident} MB`,
    );
  },
  ending.signal,
);
report(outcome);

function report({
  tally,
  durationMs: tookMs,
  published,
  faults,
  behind,
  memory,
  handles,
  exit,
}: SoakOutcome): void {
  const { came, returned, received, gaps, announcedLost } = tally;
  console.log(
    [
      `${published} messages were published. ${came} subscribers came and received ${received}; ${returned} times one had to come back; ${gaps} gaps told of ${announcedLost} messages that the log had lost.`,
      ...Object.entries(faults).map(([name, count]) => `${count} × ${name}`),
      `Heap: ${growth(memory.heap)}`,
      `Resident memory: ${growth(memory.resident)}`,
    ].join('\n'),
  );
  const wrong = [
    ...(['missing', 'duplicates', 'reordered', 'unknownGaps'] as const).flatMap((what) =>
      tally[what] === 0 ? [] : [`${tally[what]} ${what}`],
    ),
    ...tally.failures,
    ...(behind === 0 ? [] : [`${behind} subscribers did not have everything in the end`]),
    ...leftOver(handles.before, handles.after).map((what) => `the server is left with ${what} too many`),
    ...(exit.code === 0 ? [] : [`the server ended with ${exit.signal ?? exit.code}:\n${exit.output}`]),
    ...Object.entries(memory).flatMap(([which, one]) =>
      isLevel(one, tookMs / 60_000) ? [] : [`${which} memory grows`],
    ),
  ];
  console.log(
    wrong.length === 0
      ? `In order, no duplicate, no hole without a gap; ${memory.heap.slope ? 'memory is level; ' : ''}no handle is left.`
      : wrong.join('\n'),
  );
  process.exitCode = wrong.length === 0 ? 0 : 1;
}

function growth({ slope, meanMb }: SoakOutcome['memory']['heap']): string {
  if (!slope) return 'the run was too short to say whether it grows.';
  return `${meanMb.toFixed(0)} MB on the average, growing by ${perMinute(slope)}.`;
}

function perMinute({ median, low, high }: Estimate): string {
  const [slope, from, to] = [median, low, high].map((value) => (value * 1000).toFixed(0));
  return `${slope} kB a minute (95 %: ${from} to ${to})`;
}

function isLevel({ slope, meanMb }: SoakOutcome['memory']['heap'], forMinutes: number): boolean {
  return !slope || slope.low <= 0 || slope.median * forMinutes < LEVEL_SHARE * meanMb;
}
