import { render } from 'preact';
import type { Compat } from '../compat/schema.ts';
import { CompatView } from '../compat/view.tsx';
import type { Results } from './schema.ts';
import { ResultsView } from './view.tsx';
import '../styles/tokens.css';
import '../styles/base.css';
import '../styles/results.css';
import '../styles/compat.css';

/** report.html: the records stand in the page itself, so that it needs no server. */
const results = recordsOf('results') as Results | undefined; // written beside it by the bench
const compat = recordsOf('compat') as Compat | undefined; // the same
const root = document.getElementById('app');
if ((!results && !compat) || !root) throw new Error('The report has lost its data.');
render(
  <main id="main">
    {results && compat && (
      <nav class="parts" aria-label="Parts of the report">
        <a href="#cost">What they cost</a>
        <a href="#compatibility">What comes through</a>
      </nav>
    )}
    {results && (
      <div id="cost">
        <ResultsView results={results} />
      </div>
    )}
    {compat && (
      <div id="compatibility">
        <CompatView compat={compat} />
      </div>
    )}
  </main>,
  root,
);

function recordsOf(id: string): unknown {
  const data = document.getElementById(id)?.textContent;
  return data ? JSON.parse(data) : undefined;
}
