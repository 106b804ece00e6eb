import { Inject, Injectable, Logger } from '@nestjs/common';
import { CONFIG } from '../config/config.module.js';
import type { Config } from '../config/config.js';
import type { Owner } from '../owners/owner.js';
import { SIGNING_SECRET, type SigningSecret } from './signing-secret.js';
import { TokenIssuer } from './token-issuer.js';

/** The owner of the sample tokens that an unconfigured server prints and puts into its docs page. */
export const sampleOwner: Owner = { userId: 1, activityId: 1 };
const sampleTtlSeconds = 12 * 3600;

/** A command to paste, which creates a session. @param url of the server, without a slash at its end */
export function sampleCall(url: string, token: string): string {
  return `curl -s -X POST ${url}/api/v1/sessions -H 'Authorization: Bearer ${token}' -H 'Content-Type: application/json' -d '{"title":"My first chat"}'`;
}

/**
 * Tokens for trying the server out, for people at this machine. They exist only while the secret is generated and no
 * setting lets other machines reach the server. A proxy on this machine lets them reach it without a setting, so from the
 * first request that shows one there are none, and those that were issued are rejected, until the process ends.
 */
@Injectable()
export class SampleTokens {
  readonly #logger = new Logger('SampleTokens');
  #areValid: boolean;

  constructor(
    @Inject(SIGNING_SECRET) secret: SigningSecret | undefined,
    @Inject(CONFIG) { production }: Config,
    private readonly issuer: TokenIssuer,
  ) {
    this.#areValid = secret?.generated === true && !production;
  }

  get areValid(): boolean {
    return this.#areValid;
  }

  /** Ends all sample tokens, because a request came through a proxy. @param trace what shows it, for the log */
  end(trace: string): void {
    if (!this.#areValid) return;
    this.#areValid = false;
    this.#logger.warn(
      `A request came through a proxy (${trace}), so others may reach this server: sample tokens are no longer valid, and /docs no longer opens signed in. Set JWT_SECRET and ALLOWED_HOSTS (docs/configuration.md).`,
    );
  }

  /** How long a token is good, in seconds. */
  get ttlSeconds(): number {
    return Math.min(sampleTtlSeconds, this.issuer.maxTtlSeconds);
  }

  /** A new token; undefined if there are none. */
  async issue(): Promise<string | undefined> {
    const token = this.#areValid ? await this.issuer.issueSample(sampleOwner, this.ttlSeconds) : undefined;
    return this.#areValid ? token : undefined;
  }
}
