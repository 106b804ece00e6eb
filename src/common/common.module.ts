import { Global, Module } from '@nestjs/common';
import { Clock } from './clock.js';
import { EventCounts } from './event-counts.js';
import { ShutdownState } from './shutdown-state.js';

const shared = [Clock, EventCounts, ShutdownState];

@Global()
@Module({ providers: shared, exports: shared })
export class CommonModule {}
