import { codesOf, codesWithStatus, documentedCodes } from '../../../test/architecture/problem-codes.js';
import { sourceFiles } from '../../../test/architecture/source-imports.js';
import { toProblem } from '../../http/problem.js';
import { problemCatalogue, type ProblemEntry } from '../../openapi/problem-catalogue.js';
import { errorCatalogue } from './error-catalogue.js';
import * as errors from '../legacy.errors.js';
import { toLegacyError } from '../error-format.js';

const catalogue: Record<string, { status: number; error: string }> = errorCatalogue;
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
      const failure = toLegacyError({ status, code, detail });
      expect(failure).toEqual({
        status: catalogue[code]?.status,
        body: { success: false, error: catalogue[code]?.error, code },
      });
      // Nothing that only REST knows.
      expect(failure.body.error).not.toMatch(/clientMessageId|Authorization|must be application\/json/);
    },
  );

  it.each([
    new errors.MissingParameterError('session_id'),
    new errors.InvalidParameterError('title', 'must not be blank'),
    new errors.InvalidRoleError('tool'),
    new errors.InvalidActionError(),
  ])('tells %s as it is answered', (error) => {
    const problem = toProblem(error);
    const { status, body } = toLegacyError(problem ?? { status: 500, code: '', detail: '' });
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
