import { createHmac, randomBytes } from 'node:crypto';
import { Inject, Injectable } from '@nestjs/common';
import { LRUCache } from 'lru-cache';
import { AuthenticationUnavailable, CourseModuleMismatch, Unauthenticated } from '../auth/auth.errors.js';
import type { Identity, Verifier } from '../auth/verifier.js';
import { within } from '../common/deadline.js';
import { networkOf } from '../common/network.js';
import { CONFIG } from '../config/config.module.js';
import type { Config } from '../config/config.js';
import { readId } from '../owners/owner.js';
import { MoodleClient } from './moodle-client.js';
import type { MoodleLogin } from './moodle-login.js';
import { CourseModulesRepository } from './course-modules.repository.js';

interface Question {
  login: MoodleLogin;
  isSuspect: boolean;
}

type Verdict = Identity | 'no login' | 'no access';

/** For how long a no is remembered. */
const noMs = 5000;
const mostRemembered = 20_000;
/** How many logins are asked for at once; who comes then is told to try again. */
const mostAsked = 64;
/** Of one address, and of one that has failed too often: it is slowed, and never stopped. */
const mostOfAddress = mostAsked / 4;
const mostOfSuspect = 2;

/**
 * Who a Moodle login speaks for, by asking Moodle. Answers are remembered for a short time, by a hash that is of no use
 * outside of this process; calls that come at once share one question. No answer is no entry.
 */
@Injectable()
export class MoodleVerifier implements Verifier<MoodleLogin> {
  readonly #key = randomBytes(32);
  readonly #rememberMs: number;
  readonly #timeoutMs: number;
  readonly #guestId: number;
  readonly #verdicts: LRUCache<string, Verdict, Question>;
  readonly #askedBy = new Map<string, number>();
  #asked = 0;

  constructor(
    private readonly client: MoodleClient,
    private readonly repository: CourseModulesRepository,
    @Inject(CONFIG) { moodle }: Config,
  ) {
    this.#rememberMs = moodle?.rememberMs ?? 0;
    this.#timeoutMs = moodle?.timeoutMs ?? 0;
    this.#guestId = moodle?.guestId ?? 0;
    this.#verdicts = new LRUCache<string, Verdict, Question>({
      max: mostRemembered,
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
  async verify(login: MoodleLogin, isSuspect = false): Promise<Identity> {
    const verdict = await this.#verdicts
      .fetch(this.hash(login), { context: { login, isSuspect } })
      .catch((error: unknown) => {
        throw error instanceof AuthenticationUnavailable ? error : new AuthenticationUnavailable(error);
      });
    if (verdict === undefined) throw new AuthenticationUnavailable();
    if (verdict === 'no login') throw new Unauthenticated();
    if (verdict === 'no access') throw new CourseModuleMismatch();
    return verdict;
  }

  private async ask({ login, isSuspect }: Question): Promise<{ verdict: Verdict; goodMs: number }> {
    const by = networkOf(login.address ?? '');
    const askedBy = this.#askedBy.get(by) ?? 0;
    if (this.#asked === mostAsked || askedBy >= (isSuspect ? mostOfSuspect : mostOfAddress)) {
      throw new AuthenticationUnavailable();
    }
    this.#asked++;
    this.#askedBy.set(by, askedBy + 1);
    try {
      const session = await this.client.session(login);
      const userId = readId(session?.userId);
      if (!session || userId === undefined || userId === this.#guestId) return { verdict: 'no login', goodMs: noMs };
      const [mayEnter, activityId] = await Promise.all([this.client.mayEnter(login), this.activityOf(login.cmid)]);
      if (!mayEnter || activityId === undefined) return { verdict: 'no access', goodMs: noMs };
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
    const activityId = await within(this.#timeoutMs, this.repository.activityOf(cmid), () => {
      throw new AuthenticationUnavailable();
    });
    return readId(activityId);
  }

  private hash(login: MoodleLogin): string {
    return createHmac('sha256', this.#key).update(JSON.stringify(login)).digest('base64');
  }
}
