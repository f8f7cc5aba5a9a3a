import { isTechnique, TRANSPORTS, transportsOf } from '../../server/wire.ts';
import { describeContract } from './contract.ts';
import { browserContractHost } from './contract-browser-host.ts';

// All that has no file of its own.
describeContract(browserContractHost, {
  transports: transportsOf('browser').filter(
    (name) => !isTechnique(name) && TRANSPORTS[name].family !== 'library',
  ),
});
