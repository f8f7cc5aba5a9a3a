import { render } from 'preact';
import type { Results } from './schema.ts';
import { ResultsView } from './view.tsx';
import '../styles/tokens.css';
import '../styles/base.css';
import '../styles/results.css';

/** report.html: the results stand in the page itself, so that it needs no server. */
const data = document.getElementById('results')?.textContent;
const root = document.getElementById('app');
if (!data || !root) throw new Error('The report has lost its data.');
const results = JSON.parse(data) as Results; // written beside it by the bench
render(
  <main id="main">
    <ResultsView results={results} />
  </main>,
  root,
);
