import { nodeContractHost } from '../../scripts/testing/node-contract-host.ts';
import { describeContract } from './contract.ts';

// Nothing of the suite is left out: other code carries it, records cut messages elsewhere, sockets take them later, and
// handshakes count. TLS by itself is what the browser's variants run.
describeContract(nodeContractHost({ compressed: true, insecure: true }), {
  title: 'off the fast path, over TLS',
  flags: ['--stack', 'express', '--deflate', '--coalesce-ms', '5', '--tls'],
});
