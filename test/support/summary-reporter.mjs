/** Counts what ran on which engine; the teardown says it, as the last words of the run. */
export default class SummaryReporter {
  #counts = {};

  // Here and not at the end: what could not be run at all says only here where it belongs.
  onTestResult({ context }, { numPassingTests, numFailingTests, testExecError }) {
    const count = (this.#counts[context.config.displayName?.name ?? 'other'] ??= { passed: 0, failed: 0 });
    count.passed += numPassingTests;
    count.failed += numFailingTests + (testExecError ? 1 : 0);
  }

  onRunComplete(_contexts, results) {
    globalThis.__COUNTS__ = this.#counts;
    globalThis.__SKIPPED__ = results.numPendingTests + results.numTodoTests;
  }
}
