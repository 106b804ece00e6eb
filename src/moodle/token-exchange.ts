import { Inject, Injectable } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import { Admission } from '../auth/admission.js';
import { TokenIssuer } from '../auth/token-issuer.js';
import { requireOrigin } from '../common/origin.js';
import { CONFIG } from '../config/config.module.js';
import type { Config } from '../config/config.js';
import { MoodleLogins } from './moodle-logins.js';
import type { TokenDto, TradeLoginDto } from './token.dto.js';

/** Trades a Moodle login for a short-lived token, so that a page can use REST. */
@Injectable()
export class TokenExchange {
  constructor(
    private readonly admission: Admission,
    private readonly logins: MoodleLogins,
    private readonly issuer: TokenIssuer,
    @Inject(CONFIG) private readonly config: Config,
  ) {}

  /** @throws Unauthenticated, CourseModuleMismatch, AuthenticationUnavailable, TooManyRequests, HttpProblem */
  async trade(request: FastifyRequest, { cmid, sesskey }: TradeLoginDto): Promise<TokenDto> {
    // The cookie comes by itself, whichever page asks.
    requireOrigin(request.headers, this.config.http.allowedOrigins);
    const { owner } = await this.admission.admit(request, () => this.logins.identify(request, sesskey, cmid));
    const expiresIn = this.config.moodle?.tokenSeconds ?? 0;
    return { token: await this.issuer.issue(owner, expiresIn, cmid), tokenType: 'Bearer', expiresIn };
  }
}
