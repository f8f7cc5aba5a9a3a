import { TRANSPORTS } from '../../server/wire.ts';
import type { LiveLab } from './lab.ts';

/** What the picture shows, in words; for those who do not see it. */
export function TimelineSummary({ lab }: { readonly lab: LiveLab }) {
  const { timelineMs } = lab.view.value;
  return (
    <div class="visually-hidden" id="timeline-summary">
      <ul>
        {lab.shown.value.map(({ line, series }) => {
          series.value; // once a second is often enough
          const from = lab.clock.now() - timelineMs;
          const { open, ended, arrivals } = line.trace;
          const over = ended.items.filter(({ end }) => end >= from);
          const empty = over.filter(({ outcome }) => outcome === 'empty').length;
          const came = arrivals.items.filter(({ at }) => at >= from);
          const count = came.reduce((sum, one) => sum + one.count, 0);
          return (
            <li key={line.name}>
              {TRANSPORTS[line.name].title}: {over.length + open.items.length} requests in the last{' '}
              {timelineMs / 1000} seconds, {empty} of them with nothing new; {count} messages.
            </li>
          );
        })}
      </ul>
    </div>
  );
}
