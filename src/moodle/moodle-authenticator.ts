import { Inject, Injectable } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import { UnauthenticatedError } from '../auth/auth.errors.js';
import { RateLimiter } from '../auth/rate-limiter.js';
import type { Identity } from '../auth/credential-verifier.js';
import { CONFIG } from '../config/config.module.js';
import type { Config } from '../config/config.js';
import { isSesskey, parseCredential } from './moodle-credential.js';
import { MoodleVerifier } from './moodle-verifier.js';

/** Authenticates requests by their Moodle login: the session cookie and the sesskey. */
@Injectable()
export class MoodleAuthenticator {
  readonly #cookie: string | undefined;

  constructor(
    private readonly verifier: MoodleVerifier,
    private readonly rateLimiter: RateLimiter,
    @Inject(CONFIG) { moodle }: Config,
  ) {
    this.#cookie = moodle?.cookie;
  }

  /** True if AUTH=moodle is configured and the `sesskey` has the form of Moodle's, which a JWT never has. */
  supports(sesskey: string): boolean {
    return this.#cookie !== undefined && isSesskey(sesskey);
  }

  /** True if this login was valid within the last hour. */
  knows(request: FastifyRequest, sesskey: string): boolean {
    const login = this.#cookie === undefined ? undefined : parseCredential(request, this.#cookie, sesskey, 0);
    return login !== undefined && this.verifier.knows(login);
  }

  /**
   * @param options `anew` asks Moodle whatever is cached
   * @throws UnauthenticatedError, CourseModuleMismatchError, AuthenticationUnavailableError, TooManyRequestsError
   */
  async identify(
    request: FastifyRequest,
    sesskey: string,
    cmid: number,
    { anew = false }: { anew?: boolean } = {},
  ): Promise<Identity> {
    const login = this.#cookie === undefined ? undefined : parseCredential(request, this.#cookie, sesskey, cmid);
    if (!login) throw new UnauthenticatedError('Moodle login missing or malformed');
    // Moodle is not asked for strangers at an address beyond its limit.
    if ((await this.rateLimiter.hasTooManyRequests(request)) && !this.verifier.knows(login)) {
      await this.rateLimiter.consumeUncounted(request);
    }
    return this.verifier.verify(login, {
      anew,
      isSuspect: await this.rateLimiter.hasTooManyFailedLogins(request),
      hasLeft: () => request.raw.socket.destroyed,
      onWait: () => {
        request.admission?.end();
      },
    });
  }
}
