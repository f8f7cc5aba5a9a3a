import { TRANSPORTS, type TransportName } from '../../server/wire.ts';
import { FOLK_ORDER } from './scores.ts';

/** A transport’s title within a sentence: `short poll`, but `SSE` and `WebSocket`. */
export function inSentence(name: TransportName): string {
  const { title } = TRANSPORTS[name];
  return /[A-Z]/.test(title.slice(1)) ? title : title.toLowerCase();
}

/** `short poll > long poll > SSE > WebSocket`. */
export const FOLK_ORDER_TEXT = FOLK_ORDER.map(inSentence).join(' > ');
