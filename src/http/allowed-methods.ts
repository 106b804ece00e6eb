import { Injectable } from '@nestjs/common';

/** The methods of every route, to distinguish a wrong method (405) from an unknown path (404). */
@Injectable()
export class AllowedMethods {
  readonly #routes: { url: string; pattern: RegExp; methods: string[] }[] = [];

  /** @param url a Fastify route pattern: `:name` matches one path segment, `*` matches the rest */
  add(methods: string | string[], url: string): void {
    // The catch-all route for CORS preflights matches every path.
    if (url === '*') return;
    const segments = url.split('/').map((segment) => {
      if (segment.startsWith(':')) return '[^/]+';
      return segment === '*' ? '.*' : segment.replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&');
    });
    this.#routes.push({ url, pattern: new RegExp(`^${segments.join('/')}$`), methods: [methods].flat() });
  }

  /**
   * The pattern of the route that matches the path with another method, or the beginning that the path has in common with
   * a route: `/api/v1/...`; undefined if it has none. It contains nothing that the caller has chosen.
   */
  nearest(path: string): string | undefined {
    const matching = this.#routes.find(({ pattern }) => pattern.test(path));
    if (matching) return matching.url;
    const given = path.split('/');
    const common = this.#routes.map(({ url }) => {
      const segments = url.split('/');
      const end = segments.findIndex((segment, index) => segment !== given[index] || /[:*]/.test(segment));
      return segments.slice(0, end === -1 ? segments.length : end);
    });
    const longest = common.reduce((best, segments) => (segments.length > best.length ? segments : best), ['']);
    return longest.length > 1 ? `${longest.join('/')}/...` : undefined;
  }

  /** The methods of all routes that match the path, sorted; empty for an unknown path. */
  of(path: string): string[] {
    const matching = this.#routes.filter(({ pattern }) => pattern.test(path)).flatMap(({ methods }) => methods);
    return [...new Set(matching)].sort();
  }
}
