import type { TransportClient } from './client.ts';
import { createSocketIoClient } from './socketio-client.ts';

/** Socket.IO over HTTP long polling alone. */
export const { connect, openPublisher }: Required<TransportClient> = createSocketIoClient('polling');
