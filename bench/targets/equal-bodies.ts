import { isDeepStrictEqual } from 'node:util';
import { list, sessions, type Operation, type Request } from '../operations.js';
import type { Target } from './target.js';

/** @throws Error unless all targets answer the same */
export async function assertEqualBodies([first, ...others]: Target[], owners: number): Promise<void> {
  if (!first) return;
  for (const operation of [list, sessions]) {
    const request = operation.create(owners);
    const expected = await bodyOf(first, operation, request);
    for (const target of others) {
      const isEqual = isDeepStrictEqual(await bodyOf(target, operation, request), expected);
      if (!isEqual) throw new Error(`${target.name} and ${first.name} answer differently to ${request.path}`);
    }
  }
}

async function bodyOf({ url, name }: Target, operation: Operation, request: Request): Promise<unknown> {
  const { path, method, headers } = request;
  const response = await fetch(`${url}${path}`, { method, headers });
  if (response.status !== 200) throw new Error(`${name} answers ${response.status} to ${operation.name}`);
  return response.json();
}
