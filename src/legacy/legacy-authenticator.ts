import { Injectable } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import { Authenticator } from '../auth/authenticator.js';
import { CourseModuleMismatchError, UnauthenticatedError } from '../auth/auth.errors.js';
import { bearerToken, isBearer } from '../auth/bearer.js';
import { TokenVerifier, type Identity } from '../auth/credential-verifier.js';
import { RateLimiter } from '../auth/rate-limiter.js';
import { HttpError } from '../http/problem.js';
import { MoodleAuthenticator } from '../moodle/moodle-authenticator.js';
import { isSesskey } from '../moodle/moodle-credential.js';
import { parseId, type Owner } from '../owners/owner.js';
import type { Fields } from './parsing/form.js';
import { InvalidParameterError, MissingParameterError } from './legacy.errors.js';
import { text } from './parsing/fields.js';

/** Authenticates a call by its bearer token or its `sesskey`, and checks `cmid`. */
@Injectable()
export class LegacyAuthenticator {
  constructor(
    private readonly authenticator: Authenticator,
    private readonly tokens: TokenVerifier,
    private readonly moodle: MoodleAuthenticator,
    private readonly rateLimiter: RateLimiter,
  ) {}

  /**
   * @throws MissingParameterError, InvalidParameterError, UnauthenticatedError, AuthenticationUnavailableError,
   * TooManyRequestsError, or HttpError 403 when the credential is not valid for the course module
   */
  async authenticate(request: FastifyRequest, fields: Fields): Promise<Owner> {
    const cmid = parseCmid(fields.get('cmid'));
    try {
      const { owner } = await this.authenticator.authenticate(request, () => this.identify(request, fields, cmid));
      return owner;
    } catch (error) {
      if (!(error instanceof CourseModuleMismatchError)) throw error;
      // The original endpoint's message.
      throw new HttpError(403, 'cmid_mismatch', `Invalid course module ID: ${cmid}`);
    }
  }

  /** False if there is no credential, or only a `sesskey` of Moodle's that this service cannot check: no failed login. */
  hasCredential({ headers }: FastifyRequest, fields: Fields): boolean {
    const sesskey = text(fields.get('sesskey'), 'sesskey') ?? '';
    if (isBearer(headers.authorization)) return true;
    return sesskey !== '' && (this.moodle.supports(sesskey) || !isSesskey(sesskey));
  }

  /**
   * Counts a request that the original endpoint authenticates: for its owner, if its token was valid not long ago, and else
   * for its address, unless its Moodle login was. Checks nothing.
   * @throws TooManyRequestsError
   */
  async countProxied(request: FastifyRequest, fields: Fields): Promise<void> {
    const field = fields.get('sesskey');
    const sesskey = field instanceof Buffer ? field.toString('latin1') : undefined;
    const bearer = bearerToken(request.headers.authorization);
    const token = bearer ?? sesskey;
    const identity = token === undefined ? undefined : this.tokens.known(token);
    if (identity) {
      request.owner = identity.owner;
      await this.rateLimiter.consumeOwner(request);
    } else if (bearer === undefined && sesskey !== undefined && this.moodle.knows(request, sesskey)) {
      this.rateLimiter.ignoreUncounted(request);
    } else {
      await this.rateLimiter.consumeUncounted(request);
    }
  }

  /** A bearer token takes precedence: `sesskey` is then Moodle's own and is ignored. */
  private async identify(request: FastifyRequest, fields: Fields, cmid: number): Promise<Identity> {
    const { authorization } = request.headers;
    const hasBearer = isBearer(authorization);
    const given = hasBearer ? bearerToken(authorization) : text(fields.get('sesskey'), 'sesskey');
    if (given === undefined) throw new UnauthenticatedError(hasBearer ? 'no token' : 'no sesskey');
    if (!hasBearer && this.moodle.supports(given)) return this.moodle.identify(request, given, cmid);
    const identity = await this.tokens.verify(given).catch((error: unknown) => {
      if (!(error instanceof UnauthenticatedError) || !isSesskey(given)) throw error;
      throw new UnauthenticatedError('a sesskey of Moodle, which needs AUTH=moodle');
    });
    if (identity.cmid !== undefined && identity.cmid !== cmid) throw new CourseModuleMismatchError();
    return identity;
  }
}

function parseCmid(value: unknown): number {
  const given = typeof value === 'string' ? text(value, 'cmid') : value;
  if (given === undefined || given === '') throw new MissingParameterError('cmid');
  const cmid = parseId(given);
  if (cmid === undefined) throw new InvalidParameterError('cmid', 'must be a whole number from 1 to 4294967295');
  return cmid;
}
