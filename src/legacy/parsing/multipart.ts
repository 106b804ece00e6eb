import type { FormField } from './form-field.js';

const lineEnd = '\r\n';
const headersEnd = '\r\n\r\n';
const maxHeaderBytes = 8 * 1024;
const textEncodings = ['7bit', '8bit', 'binary'];

/**
 * Parses a multipart/form-data body (RFC 7578) strictly: input that two parsers might read differently is rejected.
 * Bytes are returned unchanged, whatever charset a part declares.
 * @returns undefined for a malformed or truncated body
 */
export function parseMultipart(
  body: Buffer,
  boundary: string,
  maxFields: number,
): FormField[] | 'too many' | undefined {
  const delimiter = `${lineEnd}--${boundary}`;
  const fields: FormField[] = [];
  // The first delimiter has no line before it.
  let at = delimiter.length - lineEnd.length;
  if (body.subarray(0, at).toString('latin1') !== delimiter.slice(lineEnd.length)) return undefined;
  for (;;) {
    const next = body.subarray(at, at + 2).toString('latin1');
    if (next === '--') return fields;
    // No white space after a boundary: PHP would not recognize it.
    if (next !== lineEnd) return undefined;
    if (fields.length === maxFields) return 'too many';
    const headers = body.subarray(at, at + maxHeaderBytes).indexOf(headersEnd);
    const start = at + headers + headersEnd.length;
    const end = headers === -1 ? -1 : body.indexOf(delimiter, start - lineEnd.length);
    const kind = end === -1 ? undefined : parseHeaders(body.toString('latin1', at + lineEnd.length, at + headers));
    if (!kind || end < start) return undefined;
    fields.push({ ...kind, value: body.subarray(start, end) });
    at = end + delimiter.length;
  }
}

/** Writes a form whose parts have no other headers than those that are needed to read it. */
export function writeMultipart(fields: FormField[], boundary: string): Buffer {
  const parts = fields.flatMap(({ name, value, file }) => {
    const disposition = `Content-Disposition: form-data; name="${name.toString('latin1')}"`;
    const filename = file ? `; filename="${file.name}"` : '';
    const type = file?.type === undefined ? '' : `${lineEnd}Content-Type: ${file.type}`;
    return [
      Buffer.from(`--${boundary}${lineEnd}${disposition}${filename}${type}${headersEnd}`, 'latin1'),
      value,
      Buffer.from(lineEnd),
    ];
  });
  return Buffer.concat([...parts, Buffer.from(`--${boundary}--${lineEnd}`)]);
}

/** @param text in Latin 1, so that each character is a byte */
function parseHeaders(text: string): Omit<FormField, 'value'> | undefined {
  const headers = new Map<string, string>();
  for (const line of text.split(lineEnd)) {
    // No line ends within a line: other parsers would read two headers.
    const [, name = '', value = ''] = /^([A-Za-z-]+):([^\r\n]*)$/.exec(line) ?? [];
    if (name === '' || headers.has(name.toLowerCase())) return undefined;
    headers.set(name.toLowerCase(), trimBlanks(value));
  }
  const disposition = parseDisposition(headers.get('content-disposition') ?? '');
  const encoding = headers.get('content-transfer-encoding') ?? 'binary';
  if (!disposition || !textEncodings.includes(encoding.toLowerCase())) return undefined;
  const type = headers.get('content-type');
  const name = Buffer.from(disposition.name, 'latin1');
  if (disposition.file !== undefined) return { name, isText: false, file: { name: disposition.file, type } };
  return { name, isText: /^text\/plain(;\s*charset="?utf-?8"?)?$/i.test(type ?? 'text/plain') };
}

/** A regular expression for both ends would try each blank as the end of the value. */
function trimBlanks(text: string): string {
  const isBlank = (at: number) => text[at] === ' ' || text[at] === '\t';
  let [start, end] = [0, text.length];
  while (start < end && isBlank(start)) start++;
  while (end > start && isBlank(end - 1)) end--;
  return text.slice(start, end);
}

const parameter = (name: string) => String.raw`${name}=(?:"([^"\\]*)"|([\w.[\]-]+))`;
const dispositionPattern = new RegExp(
  String.raw`^form-data;[ \t]*${parameter('name')}(?:;[ \t]*${parameter('filename')})?$`,
  'i',
);

/** `form-data; name="action"`, or with an unquoted name. Browsers encode quotation marks in a name as %22. */
function parseDisposition(value: string): { name: string; file: string | undefined } | undefined {
  const [, quoted, bare, quotedFile, bareFile] = dispositionPattern.exec(value) ?? [];
  const name = quoted ?? bare;
  return name === undefined ? undefined : { name, file: quotedFile ?? bareFile };
}
