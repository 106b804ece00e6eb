import { Inject, Injectable } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import { Authenticator } from '../auth/authenticator.js';
import { TokenIssuer } from '../auth/token-issuer.js';
import { assertAllowedOrigin } from '../http/origin-check.js';
import { CONFIG } from '../config/config.module.js';
import type { Config } from '../config/config.js';
import { MoodleAuthenticator } from './moodle-authenticator.js';
import type { TokenDto, ExchangeTokenDto } from './token.dto.js';

/** Trades a Moodle login for a short-lived token, so that a page can use REST. */
@Injectable()
export class TokenExchange {
  constructor(
    private readonly authenticator: Authenticator,
    private readonly moodle: MoodleAuthenticator,
    private readonly issuer: TokenIssuer,
    @Inject(CONFIG) private readonly config: Config,
  ) {}

  /** @throws Unauthenticated, CourseModuleMismatch, AuthenticationUnavailable, TooManyRequests, HttpProblem */
  async exchange(request: FastifyRequest, { cmid, sesskey }: ExchangeTokenDto): Promise<TokenDto> {
    // The cookie comes by itself, whichever page asks.
    assertAllowedOrigin(request.headers, this.config.http.allowedOrigins);
    const { owner } = await this.authenticator.authenticate(request, () =>
      this.moodle.identify(request, sesskey, cmid),
    );
    const expiresIn = this.config.moodle?.tokenSeconds ?? 0;
    return { token: await this.issuer.issue(owner, expiresIn, cmid), tokenType: 'Bearer', expiresIn };
  }
}
