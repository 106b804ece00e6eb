import type { JsonText } from '../common/json-text.js';

/** Maximum number of items in the list of parts of a payload. */
export const maxPayloadParts = 1000;
/** Maximum of a message's metadata in bytes of UTF-8, as JSON. */
export const maxMetadataBytes = 16 * 1024;

/** Between the texts of two parts: tools ran, or a step ended. */
const separator = '\n\n';

/**
 * Where the known formats have their parts, and which of these are text. Sources: `UIMessage.parts` of the AI SDK 6,
 * `ThreadMessage.content` of assistant-ui, and the content parts of OpenAI's chat completions and responses.
 */
const textFormats: Record<string, { parts: string; textTypes: string[] }> = {
  'ai-sdk/v6': { parts: 'parts', textTypes: ['text'] },
  'aui/v0': { parts: 'content', textTypes: ['text'] },
  openai: { parts: 'content', textTypes: ['text', 'input_text', 'output_text'] },
};

/** The reason why a name of a format is invalid; undefined for a valid one. */
export function formatProblem(format: string): string | undefined {
  const isValid = /^[A-Za-z0-9][A-Za-z0-9._/-]{0,63}$/.test(format);
  return isValid ? undefined : 'must be 1 to 64 of A-Z, a-z, 0-9, ., _, / and -, and begin with a letter or digit';
}

/** The reason why a payload is invalid; undefined for a list or an object within the limits. */
export function payloadProblem(payload: JsonText, maxBytes: number): string | undefined {
  const bytes = Buffer.byteLength(payload.text);
  if (bytes > maxBytes) return `must be at most ${maxBytes} bytes of UTF-8, is ${bytes}`;
  const value = payload.parse();
  const lists = Array.isArray(value) ? [value] : [fieldOf(value, 'parts'), fieldOf(value, 'content')];
  const longest = Math.max(...lists.map((list) => (Array.isArray(list) ? list.length : 0)));
  return longest > maxPayloadParts ? `must have at most ${maxPayloadParts} parts, has ${longest}` : undefined;
}

/** The reason why a message's metadata is invalid; undefined for a flat JSON object within the limit. */
export function metadataProblem(metadata: JsonText): string | undefined {
  const bytes = Buffer.byteLength(metadata.text);
  if (bytes > maxMetadataBytes) return `must be at most ${maxMetadataBytes} bytes of UTF-8, is ${bytes}`;
  const value = metadata.parse();
  if (Array.isArray(value)) return 'must be an object, not a list';
  const isFlat = Object.values(value as object).every((field) => typeof field !== 'object' || field === null);
  return isFlat ? undefined : 'must be flat: its values must be single values, not lists or objects';
}

/** The text of a payload: that of its text parts, with an empty line between two; empty for an unknown format. */
export function textOfPayload(format: string, payload: JsonText): string {
  const known = Object.hasOwn(textFormats, format) ? textFormats[format] : undefined;
  if (!known) return '';
  const value = payload.parse();
  const parts = Array.isArray(value) ? value : fieldOf(value, known.parts);
  if (typeof parts === 'string') return parts;
  if (!Array.isArray(parts)) return '';
  return parts
    .filter((part) => known.textTypes.includes(fieldOf(part, 'type') as string))
    .map((part) => fieldOf(part, 'text'))
    .filter((text) => typeof text === 'string' && text !== '')
    .join(separator);
}

/** A field of its own, not an inherited one. */
function fieldOf(value: unknown, name: string): unknown {
  if (typeof value !== 'object' || value === null || !Object.hasOwn(value, name)) return undefined;
  return (value as Record<string, unknown>)[name];
}
