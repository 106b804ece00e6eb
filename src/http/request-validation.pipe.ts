import { Injectable, type ArgumentMetadata, type PipeTransform } from '@nestjs/common';
import { plainToInstance } from 'class-transformer';
import { validate, type ValidationError } from 'class-validator';
import { ValidationFailedError, type FieldProblem } from '../common/domain-error.js';
import { maxFields } from './json-body-parser.js';

const unknownField = 'is not a field of this request';

/**
 * Checks bodies and queries against their DTO classes. All of them are flat: what is an object or a list is refused by
 * its name, before anything descends into it.
 */
@Injectable()
export class RequestValidationPipe implements PipeTransform {
  async transform(value: unknown, { type, metatype }: ArgumentMetadata): Promise<unknown> {
    if ((type !== 'body' && type !== 'query') || metatype === undefined) return value;
    const fields = value === undefined ? {} : value;
    if (typeof fields !== 'object' || fields === null || Array.isArray(fields)) {
      throw new ValidationFailedError([{ in: type, pointer: '', detail: 'must be a JSON object' }]);
    }
    if (Object.keys(fields).length > maxFields) {
      throw new ValidationFailedError([{ in: type, pointer: '', detail: `must have at most ${maxFields} fields` }]);
    }
    const { flat, refused } = flatten(type, fields);
    const input = plainToInstance(metatype, flat, { exposeUnsetFields: false }) as object;
    const errors = await validate(input, { whitelist: true, forbidNonWhitelisted: true, stopAtFirstError: true });
    const pointers = refused.map(({ pointer }) => pointer);
    const problems = errors
      .map((error) => toFieldProblem(type, error))
      .filter(({ pointer }) => !pointers.includes(pointer))
      .concat(refused);
    if (problems.length > 0) throw new ValidationFailedError(problems);
    return input;
  }
}

/** Takes out what the libraries would descend into, or would silently drop because every object has it. */
function flatten(place: 'body' | 'query', fields: object) {
  const flat: Record<string, unknown> = {};
  const refused: FieldProblem[] = [];
  for (const [name, value] of Object.entries(fields) as [string, unknown][]) {
    if (name in Object.prototype) refused.push(problem(place, name, unknownField));
    else if (typeof value !== 'object' || value === null) flat[name] = value;
    else refused.push(problem(place, name, 'must be a single value, not a list or an object'));
  }
  return { flat, refused };
}

function toFieldProblem(place: 'body' | 'query', { property, constraints = {} }: ValidationError): FieldProblem {
  const [[rule, detail] = ['', 'is wrong']] = Object.entries(constraints);
  return problem(place, property, rule === 'whitelistValidation' ? unknownField : detail);
}

/** JSON pointer of RFC 6901: `~` and `/` are escaped. */
function problem(place: 'body' | 'query', name: string, detail: string): FieldProblem {
  const pointer = `/${name.slice(0, 100).replaceAll('~', '~0').replaceAll('/', '~1')}`;
  return { in: place, pointer, detail };
}
