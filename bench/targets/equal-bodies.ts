import { list, sessions, type Operation, type Request } from '../operations.js';
import type { Target } from './target.js';

interface Page {
  data: { content?: string; title?: string }[];
}

/** @throws Error unless all targets answer the same: `obvious`, whose API is its own, the same contents and titles */
export async function assertEqualBodies([first, ...others]: Target[], owners: number): Promise<void> {
  if (!first) return;
  for (const operation of [list, sessions]) {
    const request = operation.create(owners);
    const expected = await bodyOf(first, operation, request);
    for (const target of others) {
      const body = await bodyOf(target, operation, request);
      const isEqual =
        target.name === 'obvious'
          ? shown({ data: body as Page['data'] }) === shown(expected as Page)
          : same(body, expected);
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

function same(a: unknown, b: unknown): boolean {
  return JSON.stringify(a) === JSON.stringify(b);
}

function shown({ data }: Page): string {
  return JSON.stringify(data.map(({ content, title }) => content ?? title));
}
