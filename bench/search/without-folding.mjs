// Starts the server as if it had no search: a save stores no folded content.
import { register } from 'node:module';

register('./without-folding-hooks.mjs', import.meta.url);
