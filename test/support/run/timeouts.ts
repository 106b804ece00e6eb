import { addEventHandler } from 'jest-circus';
import { withTimeout } from '../../../src/common/with-timeout.js';

const defaultMs = 60_000;

/** A test or hook, as the runner has it. */
interface Entry {
  fn?: () => unknown;
  timeout?: number;
}

/** The runner has no time limits. This adds them to every test and hook, in ms: their own, or the default. */
addEventHandler(({ name }, { currentDescribeBlock: { children, hooks } }) => {
  if (name === 'add_test') limit(children.at(-1) as Entry);
  if (name === 'add_hook') limit(hooks.at(-1) as Entry);
});

function limit(entry: Entry): void {
  const { fn, timeout: ms = defaultMs } = entry;
  if (!fn) return;
  entry.fn = () =>
    withTimeout<unknown>(ms, Promise.resolve().then(fn), () => {
      throw new Error(`it has not ended within ${ms} ms`);
    });
}
