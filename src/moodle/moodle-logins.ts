import { Inject, Injectable } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import { Unauthenticated } from '../auth/auth.errors.js';
import { RateLimits } from '../auth/rate-limits.js';
import type { Identity } from '../auth/verifier.js';
import { CONFIG } from '../config/config.module.js';
import type { Config } from '../config/config.js';
import { isSesskey, readLogin } from './moodle-login.js';
import { MoodleVerifier } from './moodle-verifier.js';

/** The Moodle logins that come with requests, where Moodle is asked. */
@Injectable()
export class MoodleLogins {
  readonly #cookie: string | undefined;

  constructor(
    private readonly verifier: MoodleVerifier,
    private readonly limits: RateLimits,
    @Inject(CONFIG) { moodle }: Config,
  ) {
    this.#cookie = moodle?.cookie;
  }

  /** Whether a `sesskey` is one of Moodle's, and no token, and there is a Moodle to ask. */
  understands(sesskey: string): boolean {
    return this.#cookie !== undefined && isSesskey(sesskey);
  }

  /** @throws Unauthenticated, CourseModuleMismatch, AuthenticationUnavailable */
  async identify(request: FastifyRequest, sesskey: string, cmid: number): Promise<Identity> {
    const login = this.#cookie === undefined ? undefined : readLogin(request, this.#cookie, sesskey, cmid);
    if (!login) throw new Unauthenticated();
    return this.verifier.verify(login, await this.limits.failedTooOften(request));
  }
}
