import { Injectable } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import { Admission } from '../auth/admission.js';
import { CourseModuleMismatch, Unauthenticated } from '../auth/auth.errors.js';
import { bearerToken, isBearer } from '../auth/bearer.js';
import { TokenVerifier, type Identity } from '../auth/verifier.js';
import { HttpProblem } from '../common/problem.js';
import { MoodleLogins } from '../moodle/moodle-logins.js';
import { readId, type Owner } from '../owners/owner.js';
import type { Fields } from './form.js';
import { InvalidParameter, MissingParameter } from './legacy.errors.js';
import { text } from './readers.js';

/** Who calls, and for which course module. */
@Injectable()
export class LegacyIdentity {
  constructor(
    private readonly admission: Admission,
    private readonly tokens: TokenVerifier,
    private readonly logins: MoodleLogins,
  ) {}

  /** @throws MissingParameter, InvalidParameter, Unauthenticated, AuthenticationUnavailable, TooManyRequests, HttpProblem */
  async ownerOf(request: FastifyRequest, fields: Fields): Promise<Owner> {
    const cmid = readCmid(fields.get('cmid'));
    try {
      const { owner } = await this.admission.admit(request, () => this.identify(request, fields, cmid));
      return owner;
    } catch (error) {
      if (!(error instanceof CourseModuleMismatch)) throw error;
      // The original's words.
      throw new HttpProblem(403, 'cmid_mismatch', `Invalid course module ID: ${cmid}`);
    }
  }

  /** Where the header has a token, the `sesskey` is for somebody else. */
  private async identify(request: FastifyRequest, fields: Fields, cmid: number): Promise<Identity> {
    const { authorization } = request.headers;
    const given = isBearer(authorization) ? bearerToken(authorization) : text(fields.get('sesskey'), 'sesskey');
    if (given === undefined) throw new Unauthenticated();
    if (!isBearer(authorization) && this.logins.understands(given)) return this.logins.identify(request, given, cmid);
    const identity = await this.tokens.verify(given);
    if (identity.cmid !== undefined && identity.cmid !== cmid) throw new CourseModuleMismatch();
    return identity;
  }
}

function readCmid(value: unknown): number {
  const given = typeof value === 'string' ? text(value, 'cmid') : value;
  if (given === undefined || given === '') throw new MissingParameter('cmid');
  const cmid = readId(given);
  if (cmid === undefined) throw new InvalidParameter('cmid', 'must be a whole number from 1 to 4294967295');
  return cmid;
}
