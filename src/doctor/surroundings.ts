import { existsSync } from 'node:fs';
import { statfs } from 'node:fs/promises';
import { packageFolder } from '../common/version.js';
import type { Surroundings } from './check.js';

/** Longer than every timeout of a connection but an unusual DATABASE_CONNECT_TIMEOUT_MS. */
const deadlineMs = 10_000;

export const surroundings: Surroundings = {
  now: () => Date.now(),
  nodeVersion: process.versions.node,
  space: async (path) => {
    const { bavail, blocks, bsize } = await statfs(path);
    return { free: bavail * bsize, total: blocks * bsize };
  },
  isBuildCurrent: async () => {
    const script = new URL('scripts/fresh.mjs', packageFolder);
    // An image may have the built files alone.
    if (!existsSync(script) || !existsSync(new URL('src', packageFolder))) return undefined;
    const { distIsFresh } = (await import(script.href)) as { distIsFresh: () => boolean };
    return distIsFresh();
  },
  deadlineMs,
};
