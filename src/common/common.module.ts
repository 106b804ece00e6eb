import { Global, Module } from '@nestjs/common';
import { AllowedMethods } from './allowed-methods.js';
import { Clock } from './clock.js';
import { FailureForms } from './failure-forms.js';
import { Lifecycle } from './lifecycle.js';

const shared = [AllowedMethods, Clock, FailureForms, Lifecycle];

@Global()
@Module({ providers: shared, exports: shared })
export class CommonModule {}
