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

/** How long a negative result is cached. */
const negativeCacheMs = 5000;
const maxCached = 20_000;
/** Maximum number of concurrent checks; further callers get 503. */
const maxConcurrent = 64;
/** Maximum per IP address, and for one with too many failed logins, which is throttled but never blocked. */
const maxConcurrentPerIp = maxConcurrent / 4;
const maxConcurrentPerSuspectIp = 2;

/**
 * Verifies Moodle logins by calling Moodle. Results are cached for a short time under a hash with a random key of this
 * process, and concurrent checks of one login share one call. Without a response from Moodle the caller is rejected.
 */
@Injectable()
export class MoodleVerifier implements CredentialVerifier<MoodleCredential> {
  readonly #key = randomBytes(32);
  readonly #cacheMs: number;
  readonly #timeoutMs: number;
  readonly #guestId: number;
  readonly #verdicts: LRUCache<string, Verdict, Check>;
  readonly #activeByIp = new Map<string, number>();
  #active = 0;

  constructor(
    private readonly client: MoodleClient,
    private readonly repository: CourseModulesRepository,
    @Inject(CONFIG) { moodle }: Config,
  ) {
    this.#cacheMs = moodle?.cacheMs ?? 0;
    this.#timeoutMs = moodle?.timeoutMs ?? 0;
    this.#guestId = moodle?.guestId ?? 0;
    this.#verdicts = new LRUCache<string, Verdict, Check>({
      max: maxCached,
      fetchMethod: async (_key, _stale, { context, options }) => {
        const { verdict, cacheMs } = await this.check(context);
        // A TTL of 0 would mean that the entry never expires.
        options.ttl = Math.max(1, cacheMs);
        return verdict;
      },
    });
  }

  /**
   * @param isSuspect true if the IP address has had too many failed logins
   * @throws UnauthenticatedError, CourseModuleMismatchError, AuthenticationUnavailableError
   */
  async verify(login: MoodleCredential, isSuspect = false): Promise<Identity> {
    const verdict = await this.#verdicts
      .fetch(this.hash(login), { context: { login, isSuspect } })
      .catch((error: unknown) => {
        throw error instanceof AuthenticationUnavailableError ? error : new AuthenticationUnavailableError(error);
      });
    if (verdict === undefined) throw new AuthenticationUnavailableError();
    if (verdict === 'no login') throw new UnauthenticatedError('Moodle rejects the login');
    if (verdict === 'no access') throw new CourseModuleMismatchError();
    return verdict;
  }

  private async check({ login, isSuspect }: Check): Promise<{ verdict: Verdict; cacheMs: number }> {
    const ip = ipOrSubnet64(login.ip);
    const activeOfIp = this.#activeByIp.get(ip) ?? 0;
    if (this.#active === maxConcurrent || activeOfIp >= (isSuspect ? maxConcurrentPerSuspectIp : maxConcurrentPerIp)) {
      throw new AuthenticationUnavailableError();
    }
    this.#active++;
    this.#activeByIp.set(ip, activeOfIp + 1);
    try {
      const session = await this.client.session(login);
      const userId = parseId(session?.userId);
      if (!session || userId === undefined || userId === this.#guestId)
        return { verdict: 'no login', cacheMs: negativeCacheMs };
      const [hasAccess, activityId] = await Promise.all([this.client.canAccess(login), this.activityOf(login.cmid)]);
      if (!hasAccess || activityId === undefined) return { verdict: 'no access', cacheMs: negativeCacheMs };
      const cacheMs = Math.min(this.#cacheMs, session.secondsLeft * 1000);
      return { verdict: { owner: { userId, activityId }, cmid: login.cmid }, cacheMs };
    } finally {
      this.#active--;
      const left = (this.#activeByIp.get(ip) ?? 0) - 1;
      if (left > 0) this.#activeByIp.set(ip, left);
      else this.#activeByIp.delete(ip);
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
