import { DomainError } from '../common/domain-error.js';
import { errorCauses } from '../common/error-causes.js';

/**
 * What kind of fault an error is: the code of a domain error, else the innermost code or the name of its class. Undefined
 * for an error of the caller, and for work that was given up because nobody needs its result any more.
 */
export function faultType(error: unknown): string | undefined {
  if (error instanceof DomainError) return error.kind === 'unavailable' ? error.code : undefined;
  const chain = errorCauses(error);
  if (chain.some(({ name }) => name === 'AbortError')) return undefined;
  const codes = chain.map(({ code }) => code).filter((code) => typeof code === 'string');
  return codes.at(-1) ?? chain.at(-1)?.constructor.name ?? typeof error;
}
