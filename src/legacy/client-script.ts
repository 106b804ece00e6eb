import { readFileSync } from 'node:fs';

/** `client/multi-chat-manager.js`, which stands at the same place beside the sources and beside what is built of them. */
export const clientScript = readFileSync(new URL('../../client/multi-chat-manager.js', import.meta.url), 'utf8');
