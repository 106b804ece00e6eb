/** Counts what ran on which engine; the teardown says it, as the last words of the run. */
export default class SummaryReporter {
  onRunComplete(_contexts, results) {
    const counts = {};
    for (const { displayName, numPassingTests, numFailingTests, testExecError } of results.testResults) {
      const count = (counts[displayName?.name ?? 'other'] ??= { passed: 0, failed: 0 });
      count.passed += numPassingTests;
      count.failed += numFailingTests + (testExecError ? 1 : 0);
    }
    globalThis.__COUNTS__ = counts;
    globalThis.__SKIPPED__ = results.numPendingTests + results.numTodoTests;
  }
}
