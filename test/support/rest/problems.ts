import { STATUS_CODES } from 'node:http';
import type { ProblemDto } from '../../../src/http/problem.dto.js';
import type { Answer } from './client.js';

/** Checks every part of a problem response and returns its body. */
export function refusal(answer: Answer<unknown>, status: number, code: string): ProblemDto {
  const problem = answer.body as ProblemDto;
  expect([answer.status, problem.code, answer.text]).toEqual([status, code, answer.text]);
  expect(answer.headers.get('content-type')).toBe('application/problem+json; charset=utf-8');
  expect(problem).toMatchObject({ type: 'about:blank', title: STATUS_CODES[status], status });
  expect(problem.detail).not.toBe('');
  expect(problem.instance).toMatch(/^\/[^?]*$/);
  expect(problem.requestId).toBe(answer.headers.get('x-request-id'));
  expect(Object.keys(problem).sort()).toEqual(
    [
      'code',
      'detail',
      'instance',
      'requestId',
      'status',
      'title',
      'type',
      ...('errors' in problem ? ['errors'] : []),
      ...('contentBytes' in problem ? ['contentBytes'] : []),
      ...(code === 'not_ready' ? ['missing', ...('checks' in problem ? ['checks'] : [])] : []),
    ].sort(),
  );
  expect(answer.headers.get('cache-control')).toBe('no-store');
  expect(answer.headers.get('www-authenticate')).toBe(status === 401 ? 'Bearer' : null);
  expect(answer.headers.get('retry-after') ?? 'none').toMatch(status === 503 ? /^[1-5]$/ : /^none$/);
  return problem;
}

/** The pointers of the fields that a 422 names, sorted. */
export function wrongFields(answer: Answer<unknown>): string[] {
  return (refusal(answer, 422, 'validation_failed').errors ?? []).map(({ pointer }) => pointer).sort();
}

/** The only field that a 422 names. */
export function wrongField(answer: Answer<unknown>): { pointer: string; detail: string } {
  const errors = refusal(answer, 422, 'validation_failed').errors ?? [];
  const [error] = errors;
  if (error === undefined || errors.length !== 1) throw new Error(`not one wrong field: ${answer.text}`);
  return { pointer: error.pointer, detail: error.detail };
}

/** The parts of an answer that must be equal for two rejections of one kind: status, headers and body without ids. */
export function comparableAnswer({ status, headers, text }: Answer<unknown>): string {
  const kept = [...headers].filter(([name]) => !['x-request-id', 'date', 'content-length'].includes(name));
  const body = text.replace(/"instance":"[^"]*",/, '').replace(/"requestId":"[^"]*"/, '');
  return JSON.stringify([status, kept.sort(), body]);
}
