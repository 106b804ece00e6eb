import { Module, type DynamicModule } from '@nestjs/common';
import type { MetricsConfig } from '../config/config.js';
import { MetricsController } from './metrics.controller.js';
import { MetricsRegistry } from './metrics-registry.js';
import { MetricsAccess } from './metrics-access.js';
import { Metrics } from './metrics.js';

@Module({ providers: [{ provide: Metrics, useClass: MetricsRegistry }], exports: [Metrics] })
export class MetricsModule {
  /** Without a token the metrics are not served on the main port. */
  static forRoot({ token }: MetricsConfig): DynamicModule {
    return {
      module: MetricsModule,
      ...(token !== undefined && { controllers: [MetricsController], providers: [MetricsAccess] }),
    };
  }
}
