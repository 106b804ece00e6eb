import {
  ValidateBy,
  ValidateIf,
  type ValidationArguments,
  type ValidationOptions,
  type ValidatorConstraintInterface,
} from 'class-validator';

/** Returns what is wrong with a string, or undefined if it is valid. */
export type TextRule = (text: string) => string | undefined;

/** Property decorator: the value must be a string for which the rule finds no problem. */
export function MatchesRule(rule: TextRule, options?: ValidationOptions): PropertyDecorator {
  return ValidateBy(
    {
      name: 'matchesRule',
      validator: {
        validate: (value) => textProblem(value, rule) === undefined,
        defaultMessage: (validation) => textProblem(validation?.value, rule) ?? '',
      },
    },
    options,
  );
}

/** Property decorator: the field may be absent. Null counts as a value and fails the other rules of the field. */
export function OptionalButNotNull(): PropertyDecorator {
  return ValidateIf((_, value) => value !== undefined);
}

/** Property decorator: the rule must find no problem with the field together with others. Their values are not validated. */
export function IsCompatible(rule: (fields: Record<string, unknown>) => string | undefined): PropertyDecorator {
  const problem = (validation?: ValidationArguments) => rule((validation?.object ?? {}) as Record<string, unknown>);
  return ValidateBy({
    name: 'isCompatible',
    validator: {
      validate: (_, validation) => problem(validation) === undefined,
      defaultMessage: (validation) => problem(validation) ?? '',
    },
  });
}

/** Returns what is wrong with a value beside the other fields, which are not validated; undefined if it is valid. */
type FieldRule = (value: unknown, fields: Record<string, unknown>) => string | undefined;

/** Base class of rules with injected dependencies, which class-validator accepts only as classes. */
export abstract class FieldConstraint implements ValidatorConstraintInterface {
  constructor(private readonly rule: FieldRule) {}

  validate(value: unknown, { object }: ValidationArguments): boolean {
    return this.rule(value, object as Record<string, unknown>) === undefined;
  }

  defaultMessage({ value, object }: ValidationArguments): string {
    return this.rule(value, object as Record<string, unknown>) ?? '';
  }
}

/** The same for a text, whatever the other fields are. */
export abstract class TextConstraint extends FieldConstraint {
  constructor(rule: TextRule) {
    super((value) => textProblem(value, rule));
  }
}

function textProblem(value: unknown, rule: TextRule): string | undefined {
  return typeof value === 'string' ? rule(value) : 'must be a string';
}
