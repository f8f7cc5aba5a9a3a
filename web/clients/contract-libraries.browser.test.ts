import { TRANSPORTS, transportsOf } from '../../server/wire.ts';
import { describeContract } from './contract.ts';
import { browserContractHost } from './contract-browser-host.ts';

describeContract(browserContractHost, {
  transports: transportsOf('browser').filter((name) => TRANSPORTS[name].family === 'library'),
});
