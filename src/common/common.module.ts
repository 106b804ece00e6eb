import { Global, Module } from '@nestjs/common';
import { Clock } from './clock.js';
import { EventCounts } from './event-counts.js';
import { LoadState } from './load-state.js';
import { ShutdownState } from './shutdown-state.js';

const shared = [Clock, EventCounts, LoadState, ShutdownState];

@Global()
@Module({ providers: shared, exports: shared })
export class CommonModule {}
