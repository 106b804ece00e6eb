import { codesOf, codesWithStatus, documentedCodes } from '../../test/house/problem-codes.js';
import { sourceFiles } from '../../test/house/source-imports.js';
import { summarise } from '../common/problem.js';
import { problemCatalogue, type ProblemEntry } from '../docs/problem-catalogue.js';
import { failureCatalogue } from './failure-catalogue.js';
import * as errors from './legacy.errors.js';
import { toFailure } from './legacy.failure.js';

const catalogue: Record<string, { status: number; error: string }> = failureCatalogue;
const problems: Record<string, ProblemEntry> = problemCatalogue;
const own = [
  ...new Set(
    sourceFiles()
      .filter(({ path }) => path.startsWith('legacy/'))
      .flatMap(({ tree }) => codesOf(tree)),
  ),
];

describe('the catalogue of failures', () => {
  it('has every code of the endpoint itself, and beside those only codes of the whole service', () => {
    expect(own.length).toBeGreaterThan(8);
    expect(Object.keys(catalogue)).toEqual(expect.arrayContaining(own));
    const others = Object.keys(catalogue).filter((code) => !own.includes(code));
    expect(others.filter((code) => problems[code] === undefined)).toEqual([]);
  });

  it.each(Object.entries(problems).filter(([code]) => code in catalogue && !own.includes(code)))(
    "tells the service's %s as it is answered",
    (code, { status, detail }) => {
      const failure = toFailure({ status, code, detail });
      expect(failure).toEqual({
        status: catalogue[code]?.status,
        body: { success: false, error: catalogue[code]?.error, code },
      });
      // Nothing that only REST knows.
      expect(failure.body.error).not.toMatch(/clientMessageId|Authorization|must be application\/json/);
    },
  );

  it.each([
    new errors.MissingParameter('session_id'),
    new errors.InvalidParameter('title', 'must not be blank'),
    new errors.InvalidRole('tool'),
    new errors.InvalidAction(),
  ])('tells %s as it is answered', (error) => {
    const problem = summarise(error);
    const { status, body } = toFailure(problem ?? { status: 500, code: '', detail: '' });
    const { code } = error;
    expect({ status, body }).toEqual({
      status: catalogue[code]?.status,
      body: { success: false, error: catalogue[code]?.error, code },
    });
  });
});

describe('docs/legacy-endpoint.md', () => {
  it('lists every code with its status', () => {
    expect(documentedCodes('docs/legacy-endpoint.md')).toEqual(codesWithStatus(catalogue));
  });
});
