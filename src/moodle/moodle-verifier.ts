import { AsyncResource } from 'node:async_hooks';
import { createHmac, randomBytes } from 'node:crypto';
import { Inject, Injectable, Logger, type OnApplicationShutdown } from '@nestjs/common';
import { LRUCache } from 'lru-cache';
import {
  AuthenticationUnavailableError,
  CourseModuleMismatchError,
  UnauthenticatedError,
} from '../auth/auth.errors.js';
import type { Identity, CredentialVerifier } from '../auth/credential-verifier.js';
import { serializeError } from '../common/error-serializer.js';
import { Tracer, type Span } from '../common/tracer.js';
import { LogSummary } from '../common/log-summary.js';
import { networksOf } from '../common/net.js';
import { CONFIG } from '../config/config.module.js';
import type { Config } from '../config/config.js';
import { CheckQueue } from './check-queue.js';
import { LoginChecker, type CheckedLogin } from './login-checker.js';
import type { MoodleCredential } from './moodle-credential.js';
import type { Verdict } from './queued-check.js';

export interface VerifyOptions {
  /** True if the IP address has had too many failed logins. */
  isSuspect?: boolean;
  /** True: Moodle is asked after this call, whatever is cached. */
  anew?: boolean;
  /** True if the caller's connection has closed. */
  hasLeft?: () => boolean;
  /** Called before the caller has to wait for Moodle. */
  onWait?: () => void;
}

/** A cached result. */
interface Cached {
  verdict: Verdict;
  /** Until then it is used without asking Moodle, as `performance.now()`. */
  freshUntil: number;
}

/** How long a negative result is cached. */
const negativeCacheMs = 5000;
const maxCached = 20_000;
/** How long a login that was valid goes first in the queue, and for how many logins that is remembered. */
const provenMs = 60 * 60_000;
const maxProven = 50_000;

/**
 * Verifies Moodle logins by calling Moodle. Results are cached for a short time under a hash with a random key of this
 * process. A positive one that has just expired is still used while Moodle is asked again. Without a result the caller
 * is rejected.
 */
@Injectable()
export class MoodleVerifier implements CredentialVerifier<MoodleCredential>, OnApplicationShutdown {
  readonly #key = randomBytes(32);
  readonly #cacheMs: number;
  readonly #staleMs: number;
  /** Reads the clock at every use: by default the library reads it once a millisecond. */
  readonly #cache = new LRUCache<string, Cached>({ max: maxCached, ttlResolution: 0 });
  /** Hashes of the cookie and the sesskey of logins that were valid. */
  readonly #proven = new LRUCache<string, true>({ max: maxProven, ttl: provenMs, ttlResolution: 0 });
  readonly #queue: CheckQueue;
  readonly #logger = new Logger('Moodle');
  readonly #failures = new LogSummary((_, count) => {
    this.#logger.warn(`${count} more logins could not be checked again`);
  });

  constructor(
    private readonly checker: LoginChecker,
    @Inject(CONFIG) { moodle }: Config,
    private readonly tracer: Tracer,
  ) {
    this.#cacheMs = moodle?.cacheMs ?? 0;
    this.#staleMs = moodle?.staleMs ?? 0;
    this.#queue = new CheckQueue({ hangingAfterMs: moodle?.timeoutMs ?? 0, maxWaitMs: moodle?.maxWaitMs ?? 0 });
  }

  /** @throws UnauthenticatedError, CourseModuleMismatchError, AuthenticationUnavailableError */
  async verify(login: MoodleCredential, options: VerifyOptions = {}): Promise<Identity> {
    const key = this.hash(login);
    const cached = options.anew ? undefined : this.#cache.get(key);
    if (cached && performance.now() < cached.freshUntil) return toIdentity(cached.verdict);
    if (cached) {
      // A failure leaves the cached result as it is, and a later request asks again.
      this.ask(key, login, { ...options, hasLeft: () => false }).catch((error: unknown) => {
        this.logFailure(error);
      });
      return toIdentity(cached.verdict);
    }
    options.onWait?.();
    const verdict = await this.ask(key, login, options).catch((error: unknown) => {
      throw error instanceof AuthenticationUnavailableError ? error : new AuthenticationUnavailableError(error);
    });
    return toIdentity(verdict);
  }

  /** Whether this login was valid within the last hour. */
  knows(login: MoodleCredential): boolean {
    return this.#proven.has(this.provenKey(login));
  }

  onApplicationShutdown(): void {
    this.#queue.close();
    this.#failures.flush();
  }

  /** Asks Moodle, and caches the answer even when the caller has left: an old page gives up after 800 ms and loads again. */
  private ask(key: string, login: MoodleCredential, options: VerifyOptions): Promise<Verdict> {
    return this.tracer.trace('moodle check', (span) => this.enqueue(key, login, options, span));
  }

  private enqueue(key: string, login: MoodleCredential, options: VerifyOptions, span: Span): Promise<Verdict> {
    const { isSuspect = false, anew = false, hasLeft = () => false } = options;
    const provenKey = this.provenKey(login);
    const isProven = this.#proven.has(provenKey);
    return this.#queue.check({
      ...{ key, isProven, isSuspect, anew, hasLeft },
      login: login.cookie,
      networks: networksOf(login.ip),
      // The queue may start it within the request of another caller.
      run: AsyncResource.bind(async (signal: AbortSignal) => {
        span.event('ask Moodle');
        const checked = await this.checker.check(login, signal, { isProven, isSuspect });
        // An answer that arrives after its check was ended could be older than that of the next one.
        signal.throwIfAborted();
        this.store(key, checked);
        if (checked.verdict === 'no login') this.#proven.delete(provenKey);
        else if (isPositive(checked.verdict)) this.#proven.set(provenKey, true);
        return checked.verdict;
      }),
    });
  }

  /** No caller gets the error of a check in the background. */
  private logFailure(error: unknown): void {
    this.#failures.add('failures', () => {
      const reason = JSON.stringify(serializeError(error));
      this.#logger.warn(`A login could not be checked again; its last result stays in use: ${reason}`);
    });
  }

  private store(key: string, { verdict, answeredAt, validMs }: CheckedLogin): void {
    const isValid = isPositive(verdict);
    const freshMs = isValid ? Math.min(this.#cacheMs, validMs) : negativeCacheMs;
    const keptMs = isValid ? Math.min(this.#cacheMs + this.#staleMs, validMs) : negativeCacheMs;
    const ttl = answeredAt + keptMs - performance.now();
    // A TTL of 0 would mean that the entry never expires.
    if (ttl > 0) this.#cache.set(key, { verdict, freshUntil: answeredAt + freshMs }, { ttl });
    else this.#cache.delete(key);
  }

  private provenKey({ cookie, sesskey }: MoodleCredential): string {
    return this.hash([cookie, sesskey]);
  }

  private hash(value: unknown): string {
    return createHmac('sha256', this.#key).update(JSON.stringify(value)).digest('base64');
  }
}

function isPositive(verdict: Verdict): verdict is Identity {
  return typeof verdict !== 'string';
}

/** @throws UnauthenticatedError, CourseModuleMismatchError */
function toIdentity(verdict: Verdict): Identity {
  if (verdict === 'no login') throw new UnauthenticatedError('Moodle rejects the login');
  if (verdict === 'no access') throw new CourseModuleMismatchError();
  return verdict;
}
