import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
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

describe('the promises of README', () => {
  const section = /## What it promises.*?\n(?=## )/s.exec(README)?.[0] ?? '';
  const rows = section.split('\n').filter((line) => line.startsWith('| ') && line.includes('*'));
  /** Each row's tests, behind the file that they stand in. */
  const claims = rows.flatMap((row) => {
    const shown = row.split(' | ')[1] ?? '';
    return shown.split('; ').flatMap((part) => {
      const file = /\]\(([^)]+)\)/.exec(part)?.[1];
      return [...part.matchAll(/\*([^*]+)\*/g)].map(([, name = '']) => ({ file: file ?? 'contract', name }));
    });
  });

  test('are some', () => {
    expect(claims.length).toBeGreaterThan(15);
  });

  test.each(claims)('$file has the test “$name”', ({ file, name }) => {
    expect(file === 'contract' ? contractSource() : readSource(file)).toContain(name);
  });
});

function contractSource(): string {
  return ['delivery', 'failures', 'publish', 'binary']
    .map((part) => readSource(`web/clients/contract-${part}.ts`))
    .join('\n');
}

function readSource(file: string): string {
  return readFileSync(new URL(`../${file}`, import.meta.url), 'utf8');
}
