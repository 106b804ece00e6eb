import { Injectable } from '@nestjs/common';

/** Which methods an address knows: tells a wrong method (405) from a wrong address (404). */
@Injectable()
export class AllowedMethods {
  readonly #routes: { pattern: RegExp; methods: string[] }[] = [];

  /** @param url with `:name` for a part and `*` for a rest, as Fastify writes its routes */
  add(methods: string | string[], url: string): void {
    // Where preflights are answered: that is no address.
    if (url === '*') return;
    const parts = url.split('/').map((part) => {
      if (part.startsWith(':')) return '[^/]+';
      return part === '*' ? '.*' : part.replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&');
    });
    this.#routes.push({ pattern: new RegExp(`^${parts.join('/')}$`), methods: [methods].flat() });
  }

  of(path: string): string[] {
    const matching = this.#routes.filter(({ pattern }) => pattern.test(path)).flatMap(({ methods }) => methods);
    return [...new Set(matching)].sort();
  }
}
