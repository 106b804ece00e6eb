import { Module } from '@nestjs/common';
import { APP_GUARD } from '@nestjs/core';
import { CONFIG } from '../config/config.module.js';
import { Authenticator } from './authenticator.js';
import { AuthGuard } from './auth.guard.js';
import { JwtVerifier } from './jwt-verifier.js';
import { RateLimiter } from './rate-limiter.js';
import { SampleTokens } from './sample-tokens.js';
import { SIGNING_SECRET, loadSigningSecret } from './signing-secret.js';
import { TokenIssuer } from './token-issuer.js';
import { TokenVerifier } from './credential-verifier.js';

@Module({
  providers: [
    { provide: SIGNING_SECRET, inject: [CONFIG], useFactory: loadSigningSecret },
    { provide: TokenVerifier, useClass: JwtVerifier },
    { provide: APP_GUARD, useClass: AuthGuard },
    Authenticator,
    RateLimiter,
    SampleTokens,
    TokenIssuer,
  ],
  exports: [Authenticator, RateLimiter, SampleTokens, TokenIssuer, TokenVerifier, SIGNING_SECRET],
})
export class AuthModule {}
