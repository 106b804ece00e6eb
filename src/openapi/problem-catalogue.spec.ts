import { join } from 'node:path';
import { codesOf, codesWithStatus, documentedCodes } from '../../test/architecture/problem-codes.js';
import { root, sourceFiles } from '../../test/architecture/source-imports.js';
import { atOnce } from '../common/in-pieces.js';
import { DomainError, ValidationFailedError } from '../common/domain-error.js';
import { toProblem } from '../http/problem.js';
import { parseJsonBody } from '../http/json-body-parser.js';
import { problemCatalogue, type ProblemEntry } from './problem-catalogue.js';

const catalogue: Record<string, ProblemEntry> = problemCatalogue;
// The legacy endpoint has its own catalogue.
const files = sourceFiles().filter(({ path }) => !path.startsWith('legacy/'));

type ErrorClass = new (detail: string) => Error;

describe('problemCatalogue', () => {
  it('has exactly the codes of the sources', () => {
    const codes = files.filter(({ path }) => !path.startsWith('docs/')).flatMap(({ tree }) => codesOf(tree));
    expect([...new Set(codes)].sort()).toEqual(Object.keys(catalogue).sort());
  });

  it.each(files.filter(({ path }) => path.endsWith('.errors.ts')).map(({ path }) => path))(
    'has status and detail of the errors in %s',
    async (path) => {
      const module = (await import(join(root, 'src', path))) as Record<string, ErrorClass>;
      const classes = Object.values(module).filter((value) => value.prototype instanceof DomainError);
      expect(classes.length).toBeGreaterThan(0);
      for (const Problem of classes) expectInCatalogue(withDocumentedDetail(Problem));
    },
  );

  it('has status and detail of ValidationFailedError', () => {
    expectInCatalogue(new ValidationFailedError([]));
  });

  it.each([400, 404, 408, 413, 415, 431])("has status and detail of Fastify's error %i", (statusCode) => {
    expectInCatalogue(Object.assign(new Error('not for callers'), { statusCode }));
  });

  it.each(['{', '{"title":"a","title":"b"}', `[${'1,'.repeat(40_000)}1]`])(
    'has status and detail of the error for the body %.30s',
    (body) => {
      let thrown: unknown;
      try {
        atOnce(parseJsonBody(Buffer.from(body)));
      } catch (error) {
        thrown = error;
      }
      expectInCatalogue(thrown);
    },
  );

  it.each(Object.entries(catalogue))(
    '%s has a valid name, an error status and a sentence as detail',
    (code, { status, detail }) => {
      expect(code).toMatch(/^[a-z]+(_[a-z]+)*$/);
      expect(status).toBeGreaterThanOrEqual(400);
      expect(detail).toMatch(/^[A-Z].*[.>]$/);
    },
  );
});

describe('docs/errors.md', () => {
  it('lists every code with its status', () => {
    expect(documentedCodes('docs/errors.md')).toEqual(codesWithStatus(catalogue));
  });
});

function expectInCatalogue(error: unknown): void {
  const { status, code = '', detail } = toProblem(error) ?? {};
  expect(catalogue).toHaveProperty(code);
  expect({ status, detail }).toEqual({ status: catalogue[code]?.status, detail: catalogue[code]?.detail });
}

/** Creates the error with the documented detail, if its constructor takes one. */
function withDocumentedDetail(Problem: ErrorClass): Error {
  const { code } = toProblem(new Problem('')) ?? { code: '' };
  return new Problem(catalogue[code]?.detail ?? '');
}
