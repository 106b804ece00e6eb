import { ValidationFailedError } from '../common/domain-error.js';
import { IsFlagInQuery, IsWholeNumber } from './pagination.dto.js';
import { RequestValidationPipe } from './request-validation.pipe.js';

class Query {
  @IsFlagInQuery()
  flag?: boolean;

  @IsWholeNumber(1, 200)
  limit?: number;
}

const parse = (query: object) => new RequestValidationPipe().transform(query, { type: 'query', metatype: Query });

it.each<[object, object]>([
  [{}, {}],
  [{ flag: 'true' }, { flag: true }],
  [{ flag: 'false' }, { flag: false }],
  [{ limit: '1' }, { limit: 1 }],
  [{ limit: '007' }, { limit: 7 }],
  [{ limit: '200' }, { limit: 200 }],
])('%j is read as %j', (query, expected) => {
  expect({ ...(parse(query) as object) }).toEqual(expected);
});

it.each(['', '1', 'yes', 'TRUE', ' true', null])('%j is no flag', (flag) => {
  expect(() => parse({ flag })).toThrow(ValidationFailedError);
});

it.each(['', '0', '201', '-1', '1.5', '1e2', '+1', ' 1', '0001', null])('%j is no number from 1 to 200', (limit) => {
  expect(() => parse({ limit })).toThrow(ValidationFailedError);
});
