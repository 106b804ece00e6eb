// What the selected test files need before they run: a build of dist, a MariaDB.
import { readFileSync } from 'node:fs';

/** Test files that start programs out of dist import one of these. */
const startsPrograms = /support\/(process|database)\/(program|server|processes)\.js'/;

/**
 * @param {{ path: string, context: { config: { displayName?: { name: string } } } }[]} tests the selected test files
 * @returns {{ build: boolean, mariadb: boolean }}
 */
export function needsOf(tests) {
  return {
    build: tests.some(({ path }) => startsPrograms.test(readFileSync(path, 'utf8'))),
    mariadb: tests.some(({ path, context }) => isOnMariadb(path, context.config.displayName?.name)),
  };
}

/** Moodle's own database is a MariaDB, and tests of whole processes run on both engines. */
function isOnMariadb(path, project) {
  return project === 'mariadb' || project === 'browser-mariadb' || project === 'processes' || path.includes('.moodle.');
}
