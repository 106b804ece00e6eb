import type { IncomingHttpHeaders } from 'node:http';
import { Injectable } from '@nestjs/common';
import { Unauthenticated } from '../auth/auth.errors.js';
import { bearerToken, isBearer } from '../auth/auth.guard.js';
import { TokenVerifier } from '../auth/token-verifier.js';
import { HttpProblem } from '../common/problem.js';
import { readId, type Owner } from '../owners/owner.js';
import type { Fields } from './form.js';
import { InvalidParameter, MissingParameter } from './legacy.errors.js';
import { text } from './readers.js';

/** Who calls, and for which course module. */
@Injectable()
export class LegacyIdentity {
  constructor(private readonly tokens: TokenVerifier) {}

  /** @throws MissingParameter, InvalidParameter, Unauthenticated, HttpProblem */
  async ownerOf(headers: IncomingHttpHeaders, fields: Fields): Promise<Owner> {
    const cmid = readCmid(fields.get('cmid'));
    const identity = await this.tokens.verify(credential(headers, fields));
    if (identity.cmid !== undefined && identity.cmid !== cmid) {
      throw new HttpProblem(403, 'cmid_mismatch', `Invalid course module ID: ${cmid}`);
    }
    return identity.owner;
  }
}

function readCmid(value: unknown): number {
  const given = typeof value === 'string' ? text(value, 'cmid') : value;
  if (given === undefined || given === '') throw new MissingParameter('cmid');
  const cmid = readId(given);
  if (cmid === undefined) throw new InvalidParameter('cmid', 'must be a whole number from 1 to 4294967295');
  return cmid;
}

/** Where the header has a token, the `sesskey` is for somebody else. */
function credential({ authorization }: IncomingHttpHeaders, fields: Fields): string {
  const token = isBearer(authorization) ? bearerToken(authorization) : text(fields.get('sesskey'), 'sesskey');
  if (token === undefined) throw new Unauthenticated();
  return token;
}
