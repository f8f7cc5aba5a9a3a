import { nodeContractHost } from '../../scripts/testing/node-contract-host.ts';
import { describeContract } from './contract.ts';

describeContract(nodeContractHost({ compressed: true }), {
  title: 'off the fast path',
  flags: ['--stack', 'express', '--deflate', '--coalesce-ms', '5'],
});
