import { addEventHandler } from 'jest-circus';
import { withTimeout } from '../../../src/common/with-timeout.js';
import { failOnUncaughtErrors } from './uncaught-errors.js';

const defaultMs = 60_000;

/** A test or hook of the runner. */
interface Entry {
  fn?: () => unknown;
  timeout?: number;
}

/**
 * The runner has no time limits, and ends the file at the first uncaught error. This adds to every test and hook a limit
 * in ms, its own or the default, and lets uncaught errors fail only the test or hook in which they occur.
 */
addEventHandler(({ name }, { currentDescribeBlock: { children, hooks } }) => {
  if (name === 'add_test') limit(children.at(-1) as Entry);
  if (name === 'add_hook') limit(hooks.at(-1) as Entry);
});

function limit(entry: Entry): void {
  const { fn, timeout: ms = defaultMs } = entry;
  if (!fn) return;
  entry.fn = () =>
    withTimeout<unknown>(ms, failOnUncaughtErrors(fn), () => {
      throw new Error(`it has not ended within ${ms} ms`);
    });
}
