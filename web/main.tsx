import { signal } from '@preact/signals';
import { type ComponentType, render } from 'preact';
import { LivePage } from './live/live-page.tsx';
import { tokenOfFragment } from './live/settings.ts';
import './styles/tokens.css';
import './styles/base.css';
import './styles/live.css';
import './styles/timeline.css';
import './styles/panels.css';

/** Where the shell is: the fragment's path. */
type Route = 'live' | 'results' | 'compatibility';

const route = signal<Route>(readRoute());
const token = signal(takeToken());
const ResultsPage = signal<ComponentType | undefined>(undefined);
const CompatPage = signal<ComponentType<{ readonly token: typeof token }> | undefined>(undefined);

addEventListener('hashchange', () => {
  token.value = takeToken() ?? token.peek();
  route.value = readRoute();
});

// A page from the back-forward cache has lost its connections without being told.
addEventListener('pageshow', ({ persisted }) => {
  if (persisted) location.reload();
});

function readRoute(): Route {
  if (location.hash.startsWith('#/results')) return 'results';
  return location.hash.startsWith('#/compatibility') ? 'compatibility' : 'live';
}

/** Takes a token out of the address, so that it is not passed on with a link. */
function takeToken(): string | undefined {
  const found = tokenOfFragment(location.hash);
  if (found === undefined) return undefined;
  const path = /^#(\/[^?]*)/.exec(location.hash)?.[1] ?? '/';
  history.replaceState(history.state, '', `${location.pathname}${location.search}#${path}`);
  return found;
}

function Shell() {
  const at = route.value;
  return (
    <>
      <button type="button" class="skip" onClick={skipToMain}>
        Skip to the content
      </button>
      <header class="shell">
        <a class="brand" href="#/">
          Transport Lab
        </a>
        <nav aria-label="Pages">
          <a href="#/" aria-current={at === 'live' ? 'page' : undefined}>
            Live
          </a>
          <a href="#/results" aria-current={at === 'results' ? 'page' : undefined}>
            Results
          </a>
          <a href="#/compatibility" aria-current={at === 'compatibility' ? 'page' : undefined}>
            Compatibility
          </a>
        </nav>
      </header>
      {at === 'live' && <LivePage token={token} />}
      {at === 'results' && <Results />}
      {at === 'compatibility' && <Compatibility />}
    </>
  );
}

/** No link: the fragment is the route. */
function skipToMain(): void {
  const main = document.getElementById('main');
  if (!main) return;
  main.tabIndex = -1;
  main.focus();
}

/** Its code is fetched when someone goes there. */
function Results() {
  const Page = ResultsPage.value;
  if (Page) return <Page />;
  import('./results/page.tsx').then((module) => {
    ResultsPage.value = module.ResultsPage;
  });
  return (
    <main id="main">
      <p role="status">Loading the results…</p>
    </main>
  );
}

function Compatibility() {
  const Page = CompatPage.value;
  if (Page) return <Page token={token} />;
  import('./compat/page.tsx').then((module) => {
    CompatPage.value = module.CompatPage;
  });
  return (
    <main id="main">
      <p role="status">Loading the compatibility lab…</p>
    </main>
  );
}

const root = document.getElementById('app');
if (!root) throw new Error('index.html has no #app.');
render(<Shell />, root);
