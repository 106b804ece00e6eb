import { Global, Module } from '@nestjs/common';
import { APP_FILTER, APP_PIPE } from '@nestjs/core';
import { AllowedMethods } from './allowed-methods.js';
import { ErrorFormatRegistry } from './error-formats.js';
import { InFlightMemory } from './in-flight-memory.js';
import { ProblemFilter } from './problem.filter.js';
import { RefusalLog } from './refusal-log.js';
import { RefusedOrigins } from './refused-origins.js';
import { RequestValidationPipe } from './request-validation.pipe.js';

const shared = [AllowedMethods, ErrorFormatRegistry, InFlightMemory, RefusalLog, RefusedOrigins];

@Global()
@Module({
  providers: [
    ...shared,
    { provide: APP_FILTER, useClass: ProblemFilter },
    { provide: APP_PIPE, useClass: RequestValidationPipe },
  ],
  exports: shared,
})
export class HttpModule {}
