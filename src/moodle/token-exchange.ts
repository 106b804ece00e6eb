import { Inject, Injectable } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import { Authenticator } from '../auth/authenticator.js';
import { TokenIssuer } from '../auth/token-issuer.js';
import { assertAllowedOrigin } from '../http/origin-check.js';
import { CONFIG } from '../config/config.module.js';
import type { Config } from '../config/config.js';
import { MoodleAuthenticator } from './moodle-authenticator.js';
import type { TokenDto, ExchangeTokenDto } from './token.dto.js';

/** Exchanges a Moodle login for a short-lived token, with which a page can use the REST API. */
@Injectable()
export class TokenExchange {
  constructor(
    private readonly authenticator: Authenticator,
    private readonly moodle: MoodleAuthenticator,
    private readonly issuer: TokenIssuer,
    @Inject(CONFIG) private readonly config: Config,
  ) {}

  /**
   * @throws UnauthenticatedError, CourseModuleMismatchError, AuthenticationUnavailableError, TooManyRequestsError, and
   * HttpError 403 for a page of another origin
   */
  async exchange(request: FastifyRequest, { cmid, sesskey }: ExchangeTokenDto): Promise<TokenDto> {
    // Browsers send the cookie with requests of any page.
    assertAllowedOrigin(request.headers, this.config.http);
    const { owner } = await this.authenticator.authenticate(request, () =>
      this.moodle.identify(request, sesskey, cmid, { anew: true }),
    );
    const expiresIn = Math.min(this.config.moodle?.tokenSeconds ?? 0, this.issuer.maxTtlSeconds);
    return { token: await this.issuer.issue(owner, expiresIn, cmid), tokenType: 'Bearer', expiresIn };
  }
}
