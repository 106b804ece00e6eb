import fc, { type Arbitrary } from 'fast-check';
import type { Schema } from '../rest/json-schema.js';
import { anyText, wrongJson } from './texts.js';

/** JSON texts for a field of this schema: valid ones, those that just break a rule, and others. */
export function jsonFor(schema: Schema): Arbitrary<string> {
  return fc.oneof(
    { weight: 15, arbitrary: validFor(schema).map((value) => JSON.stringify(value)) },
    { weight: 1, arbitrary: nearlyValidFor(schema).map((value) => JSON.stringify(value)) },
    { weight: 1, arbitrary: wrongJson },
    { weight: 1, arbitrary: anyText.map((text) => JSON.stringify(text)) },
  );
}

/** The same as texts, for queries, paths and forms. */
export function textFor(schema: Schema): Arbitrary<string> {
  return fc.oneof(
    { weight: 15, arbitrary: validFor(schema).map(asText) },
    { weight: 1, arbitrary: nearlyValidFor(schema).map(asText) },
    { weight: 1, arbitrary: anyText },
  );
}

type Value = string | number | boolean | Value[] | { [name: string]: Value };

function validFor(schema: Schema): Arbitrary<Value> {
  const { type, format, pattern, minimum = 0, maximum = 1000, minLength = 0, maxLength = 60 } = schema;
  if (schema.enum) return fc.constantFrom(...(schema.enum as Value[]));
  if (type === 'boolean') return fc.boolean();
  if (schema.items) return fc.array(validFor(schema.items), { maxLength: schema.maxItems ?? 10 });
  const { additionalProperties } = schema;
  if (typeof additionalProperties === 'object') {
    return fc.dictionary(anyText, validFor(additionalProperties), { maxKeys: 18 });
  }
  if (type === 'integer' || type === 'number') return fc.integer({ min: minimum, max: maximum });
  if (format === 'date-time') {
    return fc.date({ min: new Date(0), max: new Date(), noInvalidDate: true }).map((date) => date.toISOString());
  }
  if (pattern !== undefined) return fc.stringMatching(new RegExp(pattern));
  const plain = fc.string({ unit: 'grapheme', minLength, maxLength });
  // What is valid beyond this the answers show.
  return fc.oneof({ weight: 2, arbitrary: plain }, { weight: 1, arbitrary: anyText });
}

function nearlyValidFor(schema: Schema): Arbitrary<Value> {
  const { minimum = 0, maximum = 1000, maxLength = 60 } = schema;
  const changes: Arbitrary<(value: string) => Value> = fc.constantFrom<(value: string) => Value>(
    (value) => `${value} `,
    (value) => ` ${value}`,
    (value) => `${value}\n`,
    (value) => `${value}\0`,
    (value) => `${value}\ud800`,
    (value) => value.toUpperCase(),
    (value) => value.slice(0, -1),
    (value) => value.padEnd(maxLength + 1, 'x'),
    (value) => `${value}${value}`,
    (value) => value.replace('Z', '+25:00'),
    () => '',
    () => minimum - 1,
    () => maximum + 1,
    () => maximum + 0.5,
    () => Number.MAX_SAFE_INTEGER + 2,
    () => true,
  );
  return fc.tuple(validFor(schema), changes).map(([value, change]) => change(asText(value)));
}

/** Not `String`, which calls what an object has under `toString`. */
function asText(value: Value): string {
  return typeof value === 'object' ? JSON.stringify(value) : String(value);
}
