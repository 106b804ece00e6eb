import { Global, Module } from '@nestjs/common';
import { Clock } from './clock.js';
import { ShutdownState } from './shutdown-state.js';

const shared = [Clock, ShutdownState];

@Global()
@Module({ providers: shared, exports: shared })
export class CommonModule {}
