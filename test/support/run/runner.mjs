import LightRunner from 'jest-light-runner';

/**
 * Runs test files in worker threads that load the program and its libraries once, not once per file: Jest's own runner
 * needs twice the time and more memory (docs/adr/0017-test-runner.md).
 *
 * All projects share the workers, with the configuration of the first one. Projects differ only in the engine of their
 * tests, which is appended to the path (typescript-hooks.mjs).
 */
export default class Runner extends LightRunner {
  async runTests(tests, watcher, onStart, onResult, onFailure) {
    const originals = new Map();
    for (const test of tests) {
      const path = `${test.path}@${test.context.config.globals.testEngine ?? ''}`;
      originals.set({ ...test, path, context: { ...test.context, config: tests[0].context.config } }, test);
    }
    await super.runTests(
      [...originals.keys()],
      watcher,
      (test) => onStart(originals.get(test)),
      (test, result) => onResult(originals.get(test), { ...result, testFilePath: originals.get(test).path }),
      (test, error) => onFailure(originals.get(test), error),
    );
  }
}
