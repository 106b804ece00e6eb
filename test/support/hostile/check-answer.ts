import { SchemaChecker } from '../rest/json-schema.js';
import type { OpenApi } from '../rest/openapi.js';
import type { Answer } from '../rest/client.js';
import type { HostileRequest } from './request.js';

const problemSchema = { $ref: '#/components/schemas/ProblemDto' };
const failureSchema = { $ref: '#/components/schemas/LegacyFailureDto' };

/** Compares answers with the OpenAPI document. */
export class AnswerChecker {
  readonly #schemas: SchemaChecker;

  constructor(private readonly document: OpenApi) {
    this.#schemas = new SchemaChecker(document.components.schemas);
  }

  /** What is wrong with an answer, one line each. One caller who waits for each answer meets no limit: no 5xx at all. */
  problems(request: HostileRequest, { status, headers, text, body }: Answer<unknown>): string[] {
    if (status >= 500) return [`status ${status}: ${text.slice(0, 500)}`];
    if (request.method === 'HEAD' || status === 204 || status === 304) return text === '' ? [] : ['it has a body'];
    const documented = this.document.paths[request.path ?? '']?.[request.method.toLowerCase()]?.responses[status];
    const type = headers.get('content-type')?.split(';', 1)[0] ?? 'no content type';
    if (documented) {
      const content = documented.content?.[type];
      if (!content?.schema) return [`${type} is not documented for ${status}: ${text.slice(0, 200)}`];
      return this.#schemas.problems(body, content.schema);
    }
    if (status === 200 && isHomePage(request)) return [];
    if (status < 400) return isPreflight(request) ? [] : [`${status} is not documented: ${text.slice(0, 200)}`];
    const isLegacy = request.path?.endsWith('ajax.php') === true && type === 'application/json';
    if (!isLegacy && type !== 'application/problem+json') return [`${status} with ${type}: ${text.slice(0, 200)}`];
    return this.#schemas.problems(body, isLegacy ? failureSchema : problemSchema);
  }
}

function isPreflight({ method }: HostileRequest): boolean {
  return method === 'OPTIONS';
}

/** The pages of the service itself are for people, and not in the document. */
function isHomePage({ target }: HostileRequest): boolean {
  return /^\/(api\/v1)?(\?|$)/.test(target);
}
