import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { RETIRED, TRANSPORT_NAMES, TRANSPORTS } from './wire.ts';

const README = readFileSync(new URL('../README.md', import.meta.url), 'utf8');

const HOSTS = { node: 'Node', browser: 'Chromium' } as const;

test.each(TRANSPORT_NAMES)('README’s table says of %s what the registry does', (name) => {
  const { title, how, up = 'POST', hosts, against } = TRANSPORTS[name];
  const cells = [
    `[${title}](server/transports/${name}.ts)`,
    how,
    up,
    hosts.map((host) => HOSTS[host]).join(', '),
    against ? TRANSPORTS[against].title : '',
  ];
  expect(README).toContain(`| ${cells.join(' | ')} |`.replaceAll('  ', ' '));
});

test.each(Object.values(RETIRED))('README says when $title was retired', ({ title, retiredOn }) => {
  expect(README).toContain(`| ${title} | `);
  expect(README).toContain(`retired ${retiredOn}`);
});
