import { expect, test } from 'vitest';
import { type TransportName, transportsOf } from '../../../server/wire.ts';
import { quickSettings } from '../../testing/quick-settings.ts';
import { failover } from './failover.ts';
import { slow } from './slow.ts';
import { storm } from './storm.ts';

test.each([failover, storm])(
  '$name has every transport that runs in Node, or those asked for',
  async (one) => {
    const lanesOf = async (transports?: readonly TransportName[]) =>
      (await one.plan(quickSettings(transports))).design.lanes.map(({ id }) => id);
    expect(await lanesOf()).toEqual(transportsOf('node'));
    expect(await lanesOf(['short-poll', 'tcp'])).toEqual(['short-poll', 'tcp']);
  },
);

test('slow consumers are of what is pushed; where none of that is asked for it says so', async () => {
  const { design } = await slow.plan(quickSettings(['short-poll', 'long-poll', 'sse', 'tcp']));
  expect(design.lanes.map(({ id }) => id)).toEqual(['sse', 'tcp']);
  expect(slow.absent(quickSettings(['sse']))).toBeUndefined();
  expect(slow.absent(quickSettings(['short-poll', 'long-poll']))).toContain('none of those asked for does');
});

test('fail-over has a goal for each lane, and none for what is not there', async () => {
  const { design } = await failover.plan(quickSettings(['sse', 'websocket']));
  expect(design.goals?.map(({ lane }) => lane)).toEqual(['sse', 'websocket']);
});
