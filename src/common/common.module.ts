import { Module, type DynamicModule } from '@nestjs/common';
import { Clock } from './clock.js';
import { EventCounts } from './event-counts.js';
import { LoadState } from './load-state.js';
import { ShutdownState } from './shutdown-state.js';
import { Tracer } from './tracer.js';

@Module({})
export class CommonModule {
  static forRoot(tracer: Tracer): DynamicModule {
    const shared = [Clock, EventCounts, LoadState, ShutdownState, { provide: Tracer, useValue: tracer }];
    return { module: CommonModule, global: true, providers: shared, exports: shared };
  }
}
