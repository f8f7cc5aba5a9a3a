import { createSocketIo } from './socketio-server.ts';
import type { TransportFactory } from './transport.ts';

/** Socket.IO over HTTP long polling alone. */
const socketIoPolling: TransportFactory = (context) => createSocketIo(context, 'polling');

export default socketIoPolling;
