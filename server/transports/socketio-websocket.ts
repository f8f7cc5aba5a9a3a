import { createSocketIo } from './socketio-server.ts';
import type { TransportFactory } from './transport.ts';

/** Socket.IO over WebSocket alone. */
const socketIoWebSocket: TransportFactory = (context) => createSocketIo(context, 'websocket');

export default socketIoWebSocket;
