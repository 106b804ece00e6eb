import {
  ValidateBy,
  ValidateIf,
  type ValidationArguments,
  type ValidationOptions,
  type ValidatorConstraintInterface,
} from 'class-validator';

/** Describes what is wrong with a string; undefined for a valid one. */
export type TextRule = (text: string) => string | undefined;

/** A string for which the rule finds no problem. */
export function MatchesRule(rule: TextRule, options?: ValidationOptions): PropertyDecorator {
  return ValidateBy(
    {
      name: 'matchesRule',
      validator: {
        validate: (value) => textProblem(value, rule) === undefined,
        defaultMessage: (given) => textProblem(given?.value, rule) ?? '',
      },
    },
    options,
  );
}

/** A field that may be absent. Null is a value, and fails the field's other rules. */
export function OptionalButNotNull(): PropertyDecorator {
  return ValidateIf((_, value) => value !== undefined);
}

/** A rule that needs injected dependencies: class-validator takes such a rule as a class. */
export abstract class TextConstraint implements ValidatorConstraintInterface {
  constructor(private readonly rule: TextRule) {}

  validate(value: unknown): boolean {
    return textProblem(value, this.rule) === undefined;
  }

  defaultMessage({ value }: ValidationArguments): string {
    return textProblem(value, this.rule) ?? '';
  }
}

function textProblem(value: unknown, rule: TextRule): string | undefined {
  return typeof value === 'string' ? rule(value) : 'must be a string';
}
