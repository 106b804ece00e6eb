import { Inject, Injectable } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import { UnauthenticatedError } from '../auth/auth.errors.js';
import { RateLimiter } from '../auth/rate-limiter.js';
import type { Identity } from '../auth/credential-verifier.js';
import { CONFIG } from '../config/config.module.js';
import type { Config } from '../config/config.js';
import { isSesskey, parseCredential } from './moodle-credential.js';
import { MoodleVerifier } from './moodle-verifier.js';

/** The Moodle logins that come with requests, where Moodle is asked. */
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

  /** Whether a `sesskey` is one of Moodle's, and no token, and there is a Moodle to ask. */
  supports(sesskey: string): boolean {
    return this.#cookie !== undefined && isSesskey(sesskey);
  }

  /** @throws Unauthenticated, CourseModuleMismatch, AuthenticationUnavailable */
  async identify(request: FastifyRequest, sesskey: string, cmid: number): Promise<Identity> {
    const login = this.#cookie === undefined ? undefined : parseCredential(request, this.#cookie, sesskey, cmid);
    if (!login) throw new UnauthenticatedError();
    return this.verifier.verify(login, await this.rateLimiter.hasTooManyFailedLogins(request));
  }
}
