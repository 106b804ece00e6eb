import { createHmac, randomBytes } from 'node:crypto';
import { Inject, Injectable } from '@nestjs/common';
import { LRUCache } from 'lru-cache';
import {
  AuthenticationUnavailableError,
  CourseModuleMismatchError,
  UnauthenticatedError,
} from '../auth/auth.errors.js';
import type { Identity, CredentialVerifier } from '../auth/credential-verifier.js';
import { withTimeout } from '../common/with-timeout.js';
import { ipOrSubnet64 } from '../common/net.js';
import { CONFIG } from '../config/config.module.js';
import type { Config } from '../config/config.js';
import { parseId } from '../owners/owner.js';
import { MoodleClient } from './moodle-client.js';
import type { MoodleCredential } from './moodle-credential.js';
import { CourseModulesRepository } from './course-modules.repository.js';

interface Check {
  login: MoodleCredential;
  isSuspect: boolean;
}

type Verdict = Identity | 'no login' | 'no access';

/** For how long a no is remembered. */
const negativeCacheMs = 5000;
const maxCached = 20_000;
/** How many logins are asked for at once; who comes then is told to try again. */
const maxConcurrent = 64;
/** Of one address, and of one that has failed too often: it is slowed, and never stopped. */
const maxConcurrentPerIp = maxConcurrent / 4;
const maxConcurrentPerSuspectIp = 2;

/**
 * Who a Moodle login speaks for, by asking Moodle. Answers are remembered for a short time, by a hash that is of no use
 * outside of this process; calls that come at once share one question. No answer is no entry.
 */
@Injectable()
export class MoodleVerifier implements CredentialVerifier<MoodleCredential> {
  readonly #key = randomBytes(32);
  readonly #rememberMs: number;
  readonly #timeoutMs: number;
  readonly #guestId: number;
  readonly #verdicts: LRUCache<string, Verdict, Check>;
  readonly #askedBy = new Map<string, number>();
  #asked = 0;

  constructor(
    private readonly client: MoodleClient,
    private readonly repository: CourseModulesRepository,
    @Inject(CONFIG) { moodle }: Config,
  ) {
    this.#rememberMs = moodle?.cacheMs ?? 0;
    this.#timeoutMs = moodle?.timeoutMs ?? 0;
    this.#guestId = moodle?.guestId ?? 0;
    this.#verdicts = new LRUCache<string, Verdict, Check>({
      max: maxCached,
      fetchMethod: async (_key, _stale, { context, options }) => {
        const { verdict, goodMs } = await this.ask(context);
        // Zero would be for ever.
        options.ttl = Math.max(1, goodMs);
        return verdict;
      },
    });
  }

  /**
   * @param isSuspect of an address that has failed too often
   * @throws Unauthenticated, CourseModuleMismatch, AuthenticationUnavailable
   */
  async verify(login: MoodleCredential, isSuspect = false): Promise<Identity> {
    const verdict = await this.#verdicts
      .fetch(this.hash(login), { context: { login, isSuspect } })
      .catch((error: unknown) => {
        throw error instanceof AuthenticationUnavailableError ? error : new AuthenticationUnavailableError(error);
      });
    if (verdict === undefined) throw new AuthenticationUnavailableError();
    if (verdict === 'no login') throw new UnauthenticatedError();
    if (verdict === 'no access') throw new CourseModuleMismatchError();
    return verdict;
  }

  private async ask({ login, isSuspect }: Check): Promise<{ verdict: Verdict; goodMs: number }> {
    const by = ipOrSubnet64(login.ip ?? '');
    const askedBy = this.#askedBy.get(by) ?? 0;
    if (this.#asked === maxConcurrent || askedBy >= (isSuspect ? maxConcurrentPerSuspectIp : maxConcurrentPerIp)) {
      throw new AuthenticationUnavailableError();
    }
    this.#asked++;
    this.#askedBy.set(by, askedBy + 1);
    try {
      const session = await this.client.session(login);
      const userId = parseId(session?.userId);
      if (!session || userId === undefined || userId === this.#guestId)
        return { verdict: 'no login', goodMs: negativeCacheMs };
      const [mayEnter, activityId] = await Promise.all([this.client.canAccess(login), this.activityOf(login.cmid)]);
      if (!mayEnter || activityId === undefined) return { verdict: 'no access', goodMs: negativeCacheMs };
      const goodMs = Math.min(this.#rememberMs, session.secondsLeft * 1000);
      return { verdict: { owner: { userId, activityId }, cmid: login.cmid }, goodMs };
    } finally {
      this.#asked--;
      const left = (this.#askedBy.get(by) ?? 0) - 1;
      if (left > 0) this.#askedBy.set(by, left);
      else this.#askedBy.delete(by);
    }
  }

  private async activityOf(cmid: number): Promise<number | undefined> {
    const activityId = await withTimeout(this.#timeoutMs, this.repository.activityOf(cmid), () => {
      throw new AuthenticationUnavailableError();
    });
    return parseId(activityId);
  }

  private hash(login: MoodleCredential): string {
    return createHmac('sha256', this.#key).update(JSON.stringify(login)).digest('base64');
  }
}
