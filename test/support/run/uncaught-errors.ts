import { setImmediate as nextTurn } from 'node:timers/promises';

const rejections = new Map<Promise<unknown>, unknown>();
const exceptions: unknown[] = [];
let onException: (error: unknown) => void = () => undefined;

// Without listeners, an error that nothing catches ends the worker thread, and with it all tests of the file.
process.on('unhandledRejection', (reason, promise) => rejections.set(promise, reason));
process.on('rejectionHandled', (promise) => rejections.delete(promise));
process.on('uncaughtException', (error) => {
  exceptions.push(error);
  onException(error);
});

/** Runs a test or hook, which fails with the first error that nothing has caught meanwhile. */
export async function failOnUncaughtErrors(run: () => unknown): Promise<unknown> {
  const exception = new Promise<never>((_resolve, reject) => (onException = reject));
  try {
    const result = await Promise.race([exception, Promise.resolve().then(run)]);
    // Node reports a rejection only after the current turn of the event loop.
    await nextTurn();
    const errors = [...exceptions, ...rejections.values()];
    if (errors.length > 0) throw errors[0];
    return result;
  } finally {
    exceptions.length = 0;
    rejections.clear();
  }
}
