import { holdPolls } from './held-poll.ts';

/** Held requests, one after another. */
export const connect = holdPolls();
