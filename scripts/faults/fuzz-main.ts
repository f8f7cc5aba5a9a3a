import { isDeepStrictEqual } from 'node:util';
import { Command } from 'commander';
import { number } from '../flags.ts';
import { runFuzz } from './fuzz.ts';

const command = new Command('fuzz')
  .description('Sends a server what no client would, and sees whether those who behave miss anything.')
  .option('--inputs <n>', 'how many (1 to 10000000)', number(1, 10_000_000), 20_000)
  .option('--seed <n>', 'of the random inputs; another one each time by default', number(0, 2 ** 31))
  .allowExcessArguments(false)
  .parse();
const { inputs, seed = Math.trunc(Math.random() * 2 ** 31) } = command.opts<{
  inputs: number;
  seed?: number;
}>();

console.log(`${inputs} inputs, --seed ${seed}`);
let told = 0;
const { published, read, failures, connections } = await runFuzz({ count: inputs, seed }, (done) => {
  const tenth = Math.floor((10 * done) / inputs);
  if (tenth > told) console.log(`${tenth * 10} %`);
  told = tenth;
});
const expected = Math.ceil(inputs / 100);
const wrong = [
  ...(published.length === expected
    ? []
    : [`${expected - published.length} of ${expected} messages could not be published.`]),
  ...Object.entries(read).flatMap(([transport, data]) =>
    isDeepStrictEqual(data, published)
      ? []
      : [`Over ${transport} came ${JSON.stringify(data)} of ${JSON.stringify(published)}.`],
  ),
  ...failures.map((failure) => `The server failed: ${String(failure)}`),
  ...(connections === 1 ? [] : [`${connections - 1} connections are left.`]),
];
console.log(wrong.length === 0 ? 'Nothing has failed, and nobody has missed anything.' : wrong.join('\n'));
process.exitCode = wrong.length === 0 ? 0 : 1;
