import type { ValidationArguments, ValidatorConstraintInterface } from 'class-validator';
import { textProblem, type TextRule } from './text-rule.decorator.js';

/** The check of a string whose rule needs more than the string: class-validator takes those as classes. */
export abstract class TextConstraint implements ValidatorConstraintInterface {
  constructor(private readonly rule: TextRule) {}

  validate(value: unknown): boolean {
    return textProblem(value, this.rule) === undefined;
  }

  defaultMessage({ value }: ValidationArguments): string {
    return textProblem(value, this.rule) ?? '';
  }
}
