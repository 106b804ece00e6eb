import { Inject, Injectable } from '@nestjs/common';
import { ValidatorConstraint, type ValidationArguments, type ValidatorConstraintInterface } from 'class-validator';
import { Clock } from '../common/clock.js';
import { textProblem } from '../common/text-rule.decorator.js';
import { CONFIG } from '../config/config.module.js';
import type { Config } from '../config/config.js';
import { contentProblem, timestampProblem } from './message.rules.js';

/** The rule of contents, which knows the configured limit. */
@Injectable()
@ValidatorConstraint({ name: 'content' })
export class ContentConstraint implements ValidatorConstraintInterface {
  constructor(@Inject(CONFIG) private readonly config: Config) {}

  validate(value: unknown): boolean {
    return this.problem(value) === undefined;
  }

  defaultMessage({ value }: ValidationArguments): string {
    return this.problem(value) ?? '';
  }

  private problem(value: unknown): string | undefined {
    return textProblem(value, (content) => contentProblem(content, this.config.contentMaxBytes));
  }
}

/** The rule of timestamps, which knows the time. */
@Injectable()
@ValidatorConstraint({ name: 'timestamp' })
export class TimestampConstraint implements ValidatorConstraintInterface {
  constructor(private readonly clock: Clock) {}

  validate(value: unknown): boolean {
    return this.problem(value) === undefined;
  }

  defaultMessage({ value }: ValidationArguments): string {
    return this.problem(value) ?? '';
  }

  private problem(value: unknown): string | undefined {
    return textProblem(value, (text) => timestampProblem(text, this.clock.now()));
  }
}
