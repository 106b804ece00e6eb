import { setTimeout as sleep } from 'node:timers/promises';
import { addEventHandler } from 'jest-circus';

const defaultMs = 60_000;

/** The runner has no time limits. This adds them to every test and hook, in ms: their own, or the default. */
addEventHandler((event, { currentDescribeBlock: { children, hooks } }) => {
  if (event.name === 'add_test') limit(children.at(-1));
  if (event.name === 'add_hook') limit(hooks.at(-1));
});

function limit(entry) {
  const { fn, timeout: ms = defaultMs } = entry;
  if (fn === undefined) return;
  // The runner passes a callback to functions with a parameter; these have none.
  entry.fn = async () => {
    const timer = new AbortController();
    const late = sleep(ms, undefined, { signal: timer.signal }).then(() => {
      throw new Error(`it has not ended within ${ms} ms`);
    });
    try {
      await Promise.race([fn(), late]);
    } finally {
      timer.abort();
      late.catch(() => {});
    }
  };
}
