import { Injectable, type ArgumentMetadata, type PipeTransform } from '@nestjs/common';
import { plainToInstance } from 'class-transformer';
import { validateSync, type ValidationError } from 'class-validator';
import { ValidationFailedError, type FieldProblem } from '../common/domain-error.js';
import { JsonText } from '../common/json-text.js';
import { maxFields } from './json-body-parser.js';
import { jsonFieldsOf } from './json-field.decorator.js';

const unknownField = 'is not a field of this request';

/**
 * Validates bodies and queries against their DTO classes. Objects and lists are rejected before the libraries descend
 * into them, but in a `@JsonField()`. Nest's ValidationPipe is not used, because it silently drops the names `__proto__`,
 * `constructor` and `prototype`, and accepts parameters without a class unchecked.
 */
@Injectable()
export class RequestValidationPipe implements PipeTransform {
  /** @throws ValidationFailedError with every invalid field */
  transform(value: unknown, { type, metatype }: ArgumentMetadata): unknown {
    if ((type !== 'body' && type !== 'query') || metatype === undefined) return value;
    const fields = value === undefined ? {} : value;
    if (typeof fields !== 'object' || fields === null || Array.isArray(fields)) {
      throw new ValidationFailedError([{ in: type, pointer: '', detail: 'must be a JSON object' }]);
    }
    if (Object.keys(fields).length > maxFields) {
      throw new ValidationFailedError([{ in: type, pointer: '', detail: `must have at most ${maxFields} fields` }]);
    }
    const { flat, nested, rejected } = flatten(type, fields, jsonFieldsOf(metatype));
    const input = plainToInstance(metatype, flat, { exposeUnsetFields: false }) as object;
    Object.assign(input, nested);
    const errors = validateSync(input, { whitelist: true, forbidNonWhitelisted: true, stopAtFirstError: true });
    const pointers = rejected.map(({ pointer }) => pointer);
    const problems = errors
      .map((error) => toFieldProblem(type, error))
      .filter(({ pointer }) => !pointers.includes(pointer))
      .concat(rejected);
    if (problems.length > 0) throw new ValidationFailedError(problems);
    return input;
  }
}

/** Separates nested values, and removes names that class-transformer would silently drop because every object has them. */
function flatten(place: 'body' | 'query', fields: object, jsonFields: ReadonlySet<string>) {
  const flat: Record<string, unknown> = {};
  const nested: Record<string, JsonText> = {};
  const rejected: FieldProblem[] = [];
  for (const [name, value] of Object.entries(fields) as [string, unknown][]) {
    if (name in Object.prototype) rejected.push(problem(place, name, unknownField));
    else if (typeof value !== 'object' || value === null) flat[name] = value;
    else if (value instanceof JsonText && jsonFields.has(name)) nested[name] = value;
    else {
      rejected.push(problem(place, name, 'must be a single value, not a list or an object'));
      // Rules that depend on whether another field was sent see that it was.
      flat[name] = null;
    }
  }
  return { flat, nested, rejected };
}

function toFieldProblem(place: 'body' | 'query', { property, constraints = {} }: ValidationError): FieldProblem {
  const [[rule, detail] = ['', 'is wrong']] = Object.entries(constraints);
  return problem(place, property, rule === 'whitelistValidation' ? unknownField : detail);
}

/** The name as a JSON pointer (RFC 6901), in which `~` and `/` are escaped; at most 100 characters of it. */
function problem(place: 'body' | 'query', name: string, detail: string): FieldProblem {
  const pointer = `/${name.slice(0, 100).replaceAll('~', '~0').replaceAll('/', '~1')}`;
  return { in: place, pointer, detail };
}
