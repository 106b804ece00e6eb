import { applyDecorators } from '@nestjs/common';
import { ValidateBy } from 'class-validator';
import { atOnce } from '../common/in-pieces.js';
import { JsonText } from '../common/json-text.js';
import { JsonField } from './json-field.decorator.js';
import { scanValues } from './top-level-fields.js';

/** Returns what is wrong with a list or an object, or undefined if it is valid. */
export type JsonRule = (json: JsonText) => string | undefined;

/** Property decorator: the field must have a list or an object for which the rule finds no problem. */
export function MatchesJsonRule(kind: 'a list' | 'an object', rule: JsonRule): PropertyDecorator {
  const problem = (value: unknown) => (value instanceof JsonText ? rule(value) : `must be ${kind}`);
  return applyDecorators(
    JsonField(),
    ValidateBy({
      name: 'matchesJsonRule',
      validator: {
        validate: (value) => problem(value) === undefined,
        defaultMessage: (validation) => problem(validation?.value) ?? '',
      },
    }),
  );
}

/** Whether an object repeats one of its first names: of two values only one would be kept. @param maxNames that are compared */
export function repeatsName({ text }: JsonText, maxNames: number): boolean {
  const limits = { maxFields: maxNames, maxTokens: Infinity };
  const { fields = [] } = atOnce(scanValues(Buffer.from(text), limits)) ?? {};
  const names = fields.map(({ name }) => JSON.parse(name) as string);
  return new Set(names).size < names.length;
}
