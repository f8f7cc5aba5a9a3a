import { nodeContractHost } from '../../scripts/testing/node-contract-host.ts';
import { describeContract } from './contract.ts';

// Nothing of the suite is left out: records cut messages elsewhere, sockets take them later, and handshakes count.
describeContract(nodeContractHost({ insecure: true }), { title: 'over TLS', flags: ['--tls'] });
