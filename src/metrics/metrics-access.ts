import { timingSafeEqual } from 'node:crypto';
import { Inject, Injectable } from '@nestjs/common';
import { UnauthenticatedError } from '../auth/auth.errors.js';
import { sha256Hex } from '../common/hash.js';
import { CONFIG } from '../config/config.module.js';
import type { Config } from '../config/config.js';
import { Metrics } from './metrics.js';

@Injectable()
export class MetricsAccess {
  constructor(
    @Inject(CONFIG) private readonly config: Config,
    private readonly metrics: Metrics,
  ) {}

  get contentType(): string {
    return this.metrics.contentType;
  }

  /** @throws UnauthenticatedError if the token is not METRICS_TOKEN */
  async read(token: string | undefined): Promise<string> {
    const expected = this.config.metrics?.token;
    if (expected === undefined || token === undefined || !timingSafeEqual(digest(token), digest(expected)))
      throw new UnauthenticatedError(token === undefined ? 'no token' : 'not METRICS_TOKEN');
    return this.metrics.read();
  }
}

function digest(text: string): Buffer {
  return Buffer.from(sha256Hex(text));
}
