/** Counts the tests of each project, and searches the logs of the run for secrets. */
export default class SummaryReporter {
  onRunComplete(contexts: unknown, results: { numPendingTests: number; numTodoTests: number }): void;
  getLastError(): Error | undefined;
}
