import { Module } from '@nestjs/common';
import { APP_GUARD } from '@nestjs/core';
import { CONFIG } from '../config/config.module.js';
import { Admission } from './admission.js';
import { AuthGuard } from './auth.guard.js';
import { JwtVerifier } from './jwt-verifier.js';
import { RateLimits } from './rate-limits.js';
import { SIGNING_SECRET, signingSecret } from './signing-secret.js';
import { TokenIssuer } from './token-issuer.js';
import { TokenVerifier } from './verifier.js';

@Module({
  providers: [
    { provide: SIGNING_SECRET, inject: [CONFIG], useFactory: signingSecret },
    { provide: TokenVerifier, useClass: JwtVerifier },
    { provide: APP_GUARD, useClass: AuthGuard },
    Admission,
    RateLimits,
    TokenIssuer,
  ],
  exports: [Admission, RateLimits, TokenIssuer, TokenVerifier, SIGNING_SECRET],
})
export class AuthModule {}
