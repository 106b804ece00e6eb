import { Module, type DynamicModule } from '@nestjs/common';
import { AuthModule } from './auth/auth.module.js';
import { CommonModule } from './common/common.module.js';
import { ConfigModule } from './config/config.module.js';
import type { Config } from './config/config.js';
import { DatabaseModule } from './database/database.module.js';
import { HealthModule } from './health/health.module.js';
import { HttpModule } from './http/http.module.js';
import { LegacyModule } from './legacy/legacy.module.js';
import { MessagesModule } from './messages/messages.module.js';
import { TokenExchangeModule } from './moodle/token-exchange.module.js';
import { SessionsModule } from './sessions/sessions.module.js';

@Module({})
export class AppModule {
  static forRoot(config: Config): DynamicModule {
    return {
      module: AppModule,
      imports: [
        ConfigModule.forRoot(config),
        CommonModule,
        HttpModule,
        DatabaseModule,
        AuthModule,
        SessionsModule,
        MessagesModule,
        LegacyModule,
        ...(config.moodle ? [TokenExchangeModule] : []),
        HealthModule,
      ],
    };
  }
}
