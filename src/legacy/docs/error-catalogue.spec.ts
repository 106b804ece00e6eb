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

describe('errorCatalogue', () => {
  it('has all codes of src/legacy, and otherwise only codes of the problem catalogue', () => {
    expect(own.length).toBeGreaterThan(8);
    expect(Object.keys(catalogue)).toEqual(expect.arrayContaining(own));
    const others = Object.keys(catalogue).filter((code) => !own.includes(code));
    expect(others.filter((code) => problems[code] === undefined)).toEqual([]);
  });

  it.each(Object.entries(problems).filter(([code]) => code in catalogue && !own.includes(code)))(
    'describes %s of the problem catalogue as toLegacyError formats it',
    (code, { status, detail }) => {
      const failure = toLegacyError({ status, code, detail });
      expect(failure).toEqual({
        status: catalogue[code]?.status,
        body: { success: false, error: catalogue[code]?.error, code },
      });
      // No names that only REST has.
      expect(failure.body.error).not.toMatch(/clientMessageId|Authorization|must be application\/json/);
    },
  );

  it.each([
    new errors.MissingParameterError('session_id'),
    new errors.InvalidParameterError('title', 'must not be blank'),
    new errors.InvalidRoleError('tool'),
    new errors.InvalidActionError(),
  ])('describes %s as toLegacyError formats it', (error) => {
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
