import type { JsonText } from '../common/json-text.js';
import { repeatsName } from '../http/json-rule.js';
import { maxMetadataNames, metadataNameProblem, metadataValueProblem } from './session-metadata.js';
import type { SessionMetadata } from './session.js';

/** In UTF-16 code units: more than metadata has, also when each character is escaped. */
const maxCodeUnits = 128 * 1024;

/** The reason why a field is no metadata, naming the place of what is wrong; undefined if it is. */
export function metadataProblem(json: JsonText): string | undefined {
  if (json.text.length > maxCodeUnits) return 'must be shorter';
  const value = json.parse();
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return 'must be an object';
  if (repeatsName(json, maxMetadataNames)) return 'must not have a name twice';
  const entries = Object.entries(value) as [string, unknown][];
  if (entries.length > maxMetadataNames) return `must have at most ${maxMetadataNames} names`;
  for (const [index, [name, text]] of entries.entries()) {
    const wrongName = metadataNameProblem(name);
    if (wrongName !== undefined) return `name ${index + 1} ${wrongName}`;
    const wrongValue = typeof text === 'string' ? metadataValueProblem(text) : 'must be a string';
    if (wrongValue !== undefined) return `value ${index + 1} ${wrongValue}`;
  }
  return undefined;
}

/** The metadata of a field for which there is no `metadataProblem`. */
export function toMetadata(json: JsonText): SessionMetadata {
  return json.parse() as SessionMetadata;
}
