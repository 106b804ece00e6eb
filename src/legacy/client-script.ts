import { readFileSync } from 'node:fs';

/** The text of `client/multi-chat-manager.js`; the build copies it to `dist/client/`, so the path is valid there too. */
export const clientScript = readFileSync(new URL('../../client/multi-chat-manager.js', import.meta.url), 'utf8');
