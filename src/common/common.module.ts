import { Global, Module } from '@nestjs/common';
import { AllowedMethods } from './allowed-methods.js';
import { Clock } from './clock.js';
import { Lifecycle } from './lifecycle.js';

@Global()
@Module({ providers: [AllowedMethods, Clock, Lifecycle], exports: [AllowedMethods, Clock, Lifecycle] })
export class CommonModule {}
