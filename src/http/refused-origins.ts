import { Injectable, Logger } from '@nestjs/common';

const maxOrigins = 100;
/** The form of an origin in a header (RFC 6454 section 7.1): nothing else is worth quoting. */
const originForm = /^(null|[a-z][a-z0-9+.-]{0,20}:\/\/[\w.:[\]-]{1,200})$/i;

/** Warns once of each origin whose pages were refused. */
@Injectable()
export class RefusedOrigins {
  readonly #logger = new Logger('Origins');
  readonly #known = new Set<string>();

  /** @param origin the header; undefined if the browser only says that the page is of another site */
  warn(origin: string | undefined): void {
    const name = origin !== undefined && originForm.test(origin) ? origin : 'another site';
    if (this.#known.has(name) || this.#known.size === maxOrigins) return;
    this.#known.add(name);
    const last = this.#known.size === maxOrigins ? '; further origins are not logged' : '';
    // Files and sandboxed frames send null, apps have schemes of their own.
    const hint = /^(https?:|another site$)/i.test(name)
      ? 'If they should, add their origin to ALLOWED_ORIGINS'
      : 'Only origins with http:// or https:// can be allowed';
    this.#logger.warn(`Pages of ${name} may not call this server. ${hint}${last}.`);
  }
}
