import type { TransportClient } from './client.ts';
import { createSocketIoClient } from './socketio-client.ts';

/** Socket.IO over WebSocket alone. */
export const { connect, openPublisher }: Required<TransportClient> = createSocketIoClient('websocket');
