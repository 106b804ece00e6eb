import { Inject, Injectable } from '@nestjs/common';
import { ValidatorConstraint } from 'class-validator';
import { Clock } from '../common/clock.js';
import { TextConstraint } from '../http/text-rule.js';
import { CONFIG } from '../config/config.module.js';
import type { Config } from '../config/config.js';
import { contentProblem, timestampProblem } from './message-rules.js';

/** Validates contents against the configured limit. */
@Injectable()
@ValidatorConstraint({ name: 'content' })
export class ContentConstraint extends TextConstraint {
  constructor(@Inject(CONFIG) { maxContentBytes }: Config) {
    super((content) => contentProblem(content, maxContentBytes));
  }
}

/** Validates timestamps against the current time. */
@Injectable()
@ValidatorConstraint({ name: 'timestamp' })
export class TimestampConstraint extends TextConstraint {
  constructor(clock: Clock) {
    super((text) => timestampProblem(text, clock.now()));
  }
}
