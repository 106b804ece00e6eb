// Lets Node import TypeScript, in the process of Jest and in its workers.
import { register } from 'node:module';

register('./typescript-hooks.mjs', import.meta.url);
