/**
 * A JSON value as the text that a client sent. Parsed and printed again, keys that look like numbers would change their
 * places, and long numbers be rounded.
 */
export class JsonText {
  constructor(readonly text: string) {}

  /** The value, as `JSON.parse` reads it. */
  parse(): unknown {
    return JSON.parse(this.text);
  }

  /** For `stringifyJson` only: `JSON.stringify` cannot insert a text that is JSON already. */
  toJSON(): string {
    insertedTexts.push(this.text);
    return placeholder;
  }
}

/** What stands for the text until it is inserted: no client can know it. */
const placeholder = crypto.randomUUID();
const quotedPlaceholder = `"${placeholder}"`;
/** Those that the running call of `JSON.stringify` has met, in their order. */
let insertedTexts: string[] = [];

/** Like `JSON.stringify`, but a `JsonText` in the value becomes its text. */
export function stringifyJson(value: unknown): string {
  insertedTexts = [];
  const json = JSON.stringify(value);
  if (insertedTexts.length === 0) return json;
  const [first = '', ...others] = json.split(quotedPlaceholder);
  return first + others.map((part, index) => `${insertedTexts[index]}${part}`).join('');
}
