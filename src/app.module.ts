import { Module, type DynamicModule } from '@nestjs/common';
import { AuthModule } from './auth/auth.module.js';
import { CommonModule } from './common/common.module.js';
import type { Tracer } from './common/tracer.js';
import { ConfigModule } from './config/config.module.js';
import type { Config, MetricsConfig } from './config/config.js';
import { DatabaseModule } from './database/database.module.js';
import { HealthModule } from './health/health.module.js';
import { HomeModule } from './home/home.module.js';
import { HttpModule } from './http/http.module.js';
import { LegacyModule } from './legacy/legacy.module.js';
import { MessagesModule } from './messages/messages.module.js';
import { TokenExchangeModule } from './moodle/token-exchange.module.js';
import { SearchModule } from './search/search.module.js';
import { SessionsModule } from './sessions/sessions.module.js';

@Module({})
export class AppModule {
  static forRoot(config: Config, tracer: Tracer): DynamicModule {
    return {
      module: AppModule,
      imports: [
        ConfigModule.forRoot(config),
        CommonModule.forRoot(tracer),
        HttpModule,
        DatabaseModule,
        AuthModule,
        SessionsModule,
        MessagesModule,
        SearchModule,
        LegacyModule,
        ...(config.moodle ? [TokenExchangeModule] : []),
        HealthModule,
        HomeModule,
        // Loaded only when it is used.
        ...(config.metrics ? [loadMetrics(config.metrics)] : []),
      ],
    };
  }
}

async function loadMetrics(config: MetricsConfig): Promise<DynamicModule> {
  const { MetricsModule } = await import('./metrics/metrics.module.js');
  return MetricsModule.forRoot(config);
}
