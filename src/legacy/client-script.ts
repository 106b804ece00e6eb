import { readFileSync } from 'node:fs';

/** Reads a file of `client/`; the build copies the folder to `dist/client/`, so the path is valid there too. */
const read = (name: string) => readFileSync(new URL(`../../client/${name}`, import.meta.url), 'utf8');

/** The browser module, what it loads, and its types for TypeScript. */
export const clientScript = read('multi-chat-manager.js');
export const clientApiScript = read('chat-api.js');
export const clientTypes = read('multi-chat-manager.d.ts');
