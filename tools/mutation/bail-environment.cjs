const { TestEnvironment } = require('jest-environment-node');

/**
 * Jest's environment for mutation testing. Skips the rest of a file after its first failure. Assigns the code that runs in
 * `beforeAll` and `afterAll` to the tests of that block: Stryker assigns it to none, and then runs every test for a mutant
 * in such code.
 */
module.exports = class BailEnvironment extends TestEnvironment {
  #failed = false;

  handleTestEvent({ name, test, hook, describeBlock }) {
    if (hook?.type.endsWith('All')) this.#count(name, hook.parent);
    if (name === 'hook_failure' || name === 'test_fn_failure') this.#failed = true;
    if (!this.#failed) return;
    if (name === 'test_start') test.mode = 'skip';
    if (name === 'run_describe_start') describeBlock.mode = 'skip';
  }

  #count(event, describeBlock) {
    const stryker = this.global[this.global.__strykerGlobalNamespace__];
    if (!stryker) return;
    stryker.currentTestId = event === 'hook_start' ? '(hook)' : undefined;
    const { '(hook)': counts, ...perTest } = stryker.mutantCoverage?.perTest ?? {};
    if (event === 'hook_start' || !counts) return;
    for (const name of testsOf(describeBlock).map(fullName)) {
      perTest[name] ??= {};
      for (const [id, count] of Object.entries(counts)) perTest[name][id] = (perTest[name][id] ?? 0) + count;
    }
    stryker.mutantCoverage.perTest = perTest;
  }
};

function testsOf({ children }) {
  return children.flatMap((child) => (child.type === 'test' ? [child] : testsOf(child)));
}

/** In the form of Stryker's test ids. */
function fullName({ name, parent }) {
  return parent ? `${fullName(parent)} ${name}`.trimStart() : '';
}
