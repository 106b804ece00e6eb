import { ValidateBy, ValidateIf, type ValidationOptions } from 'class-validator';

/** What is wrong with a value of the right type, in words; undefined when nothing is. */
export type TextRule = (text: string) => string | undefined;

/** The same of any value. */
export function textProblem(value: unknown, rule: TextRule): string | undefined {
  return typeof value === 'string' ? rule(value) : 'must be a string';
}

/** A string that the rule finds nothing wrong with. */
export function IsText(rule: TextRule, options?: ValidationOptions): PropertyDecorator {
  return ValidateBy(
    {
      name: 'isText',
      validator: {
        validate: (value) => textProblem(value, rule) === undefined,
        defaultMessage: (given) => textProblem(given?.value, rule) ?? '',
      },
    },
    options,
  );
}

/** May be left out. Not the same as null, which is a value, and a wrong one. */
export function MayBeMissing(): PropertyDecorator {
  return ValidateIf((_, value) => value !== undefined);
}
