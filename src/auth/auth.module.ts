import { Module } from '@nestjs/common';
import { APP_GUARD } from '@nestjs/core';
import { CONFIG } from '../config/config.module.js';
import { AuthGuard } from './auth.guard.js';
import { JwtVerifier } from './jwt-verifier.js';
import { SIGNING_SECRET, signingSecret } from './signing-secret.js';
import { TokenIssuer } from './token-issuer.js';
import { TokenVerifier } from './token-verifier.js';

@Module({
  providers: [
    { provide: SIGNING_SECRET, inject: [CONFIG], useFactory: signingSecret },
    { provide: TokenVerifier, useClass: JwtVerifier },
    { provide: APP_GUARD, useClass: AuthGuard },
    TokenIssuer,
  ],
  exports: [TokenIssuer, TokenVerifier, SIGNING_SECRET],
})
export class AuthModule {}
