import { Inject, Injectable } from '@nestjs/common';
import { ValidatorConstraint } from 'class-validator';
import { Clock } from '../common/clock.js';
import { JsonText } from '../common/json-text.js';
import { FieldConstraint, TextConstraint } from '../http/text-rule.js';
import { CONFIG } from '../config/config.module.js';
import type { Config } from '../config/config.js';
import { formatProblem, payloadProblem, textOfPayload } from './message-payload.js';
import { contentProblem, textProblem, timestampProblem } from './message-rules.js';

/** Validates contents against the configured limit. A content may be empty beside a payload, and while it is written. */
@Injectable()
@ValidatorConstraint({ name: 'content' })
export class ContentConstraint extends FieldConstraint {
  constructor(@Inject(CONFIG) { maxContentBytes }: Config) {
    super((content, { status, payload }) => {
      if (typeof content !== 'string') return 'must be a string';
      const mayBeEmpty = payload !== undefined || status === 'in_progress';
      return mayBeEmpty ? textProblem(content, maxContentBytes) : contentProblem(content, maxContentBytes);
    });
  }
}

/** Validates payloads against the configured limit, and the text that is taken from them. */
@Injectable()
@ValidatorConstraint({ name: 'payload' })
export class PayloadConstraint extends FieldConstraint {
  constructor(@Inject(CONFIG) { maxContentBytes }: Config) {
    super((payload, { format, content }) => {
      if (!(payload instanceof JsonText)) return 'must be a list or an object';
      const problem = payloadProblem(payload, maxContentBytes);
      if (problem !== undefined || content !== undefined || typeof format !== 'string' || formatProblem(format)) {
        return problem;
      }
      const ofText = textProblem(textOfPayload(format, payload), maxContentBytes);
      return ofText && `has a text that is the content, which ${ofText}`;
    });
  }
}

/** Validates appended texts against the configured limit. */
@Injectable()
@ValidatorConstraint({ name: 'append' })
export class AppendConstraint extends TextConstraint {
  constructor(@Inject(CONFIG) { maxContentBytes }: Config) {
    super((text) => textProblem(text, maxContentBytes));
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

/** All of them: they have injected dependencies, so that class-validator cannot create them. */
export const constraints = [ContentConstraint, PayloadConstraint, AppendConstraint, TimestampConstraint];
