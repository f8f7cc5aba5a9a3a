import { describeContract } from './contract.ts';
import { browserContractHost } from './contract-browser-host.ts';

describeContract(browserContractHost, {
  title: 'compressed',
  flags: ['--deflate'],
  transports: ['websocket'],
});
// By the kind of client that the browser brings: fetch, EventSource, WebSocket.
describeContract(browserContractHost, {
  title: 'over TLS',
  flags: ['--tls'],
  transports: ['long-poll', 'sse', 'websocket'],
});
