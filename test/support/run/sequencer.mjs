import Sequencer from '@jest/test-sequencer';
import { needsOf } from './needs.mjs';

/** Slow kinds of files come first and units last, so that the workers end at about the same time. */
const order = ['processes', 'browser-sqlite', 'browser-mariadb', 'mariadb', 'sqlite', 'http', 'units'];
const slowest =
  /\/(import-killed|import-command|concurrency|build|shapes|history-load|model|migrations|unread-answers)\b[^/]*$/;

/** Orders the test files, and stores for the global setup what the selected ones need. */
export default class TestSequencer extends Sequencer {
  sort(tests) {
    globalThis.__NEEDS__ = needsOf(tests);
    return super.sort(tests).toSorted((a, b) => rank(a) - rank(b));
  }
}

function rank({ path, context }) {
  const project = context.config.displayName?.name ?? '';
  return slowest.test(path) && project !== 'units' ? -1 : order.indexOf(project);
}
