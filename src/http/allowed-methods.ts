import { Injectable } from '@nestjs/common';

/** The methods of every route, to distinguish a wrong method (405) from an unknown path (404). */
@Injectable()
export class AllowedMethods {
  readonly #routes: { pattern: RegExp; methods: string[] }[] = [];

  /** @param url a Fastify route pattern: `:name` matches one path segment, `*` matches the rest */
  add(methods: string | string[], url: string): void {
    // The catch-all route for CORS preflights matches every path.
    if (url === '*') return;
    const segments = url.split('/').map((segment) => {
      if (segment.startsWith(':')) return '[^/]+';
      return segment === '*' ? '.*' : segment.replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&');
    });
    this.#routes.push({ pattern: new RegExp(`^${segments.join('/')}$`), methods: [methods].flat() });
  }

  /** The methods of all routes that match the path, sorted; empty for an unknown path. */
  of(path: string): string[] {
    const matching = this.#routes.filter(({ pattern }) => pattern.test(path)).flatMap(({ methods }) => methods);
    return [...new Set(matching)].sort();
  }
}
