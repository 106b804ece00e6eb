/** A part of a form: its name, its undecoded bytes, and whether it is a text (not a file or another type). */
export interface Part {
  name: string;
  bytes: Buffer;
  isText: boolean;
}

const lineEnd = '\r\n';
const headersEnd = '\r\n\r\n';
const maxHeaderBytes = 8 * 1024;
const textEncodings = ['7bit', '8bit', 'binary'];

/**
 * Parses a multipart/form-data body (RFC 7578) strictly: input that two parsers might read differently is rejected.
 * Bytes are returned unchanged, whatever charset a part declares.
 * @returns undefined for a malformed or truncated body
 */
export function parseParts(body: Buffer, boundary: string, maxParts: number): Part[] | 'too many' | undefined {
  const delimiter = `${lineEnd}--${boundary}`;
  const parts: Part[] = [];
  // The first delimiter has no line before it.
  let at = delimiter.length - lineEnd.length;
  if (body.subarray(0, at).toString('latin1') !== delimiter.slice(lineEnd.length)) return undefined;
  for (;;) {
    const next = body.subarray(at, at + 2).toString('latin1');
    if (next === '--') return parts;
    // No white space after a boundary: PHP would not recognize it.
    if (next !== lineEnd) return undefined;
    if (parts.length === maxParts) return 'too many';
    const headers = body.subarray(at, at + maxHeaderBytes).indexOf(headersEnd);
    const start = at + headers + headersEnd.length;
    const end = headers === -1 ? -1 : body.indexOf(delimiter, start - lineEnd.length);
    const kind = end === -1 ? undefined : parseHeaders(body.toString('utf8', at + lineEnd.length, at + headers));
    if (!kind || end < start) return undefined;
    parts.push({ ...kind, bytes: body.subarray(start, end) });
    at = end + delimiter.length;
  }
}

function parseHeaders(text: string): Omit<Part, 'bytes'> | undefined {
  const headers = new Map<string, string>();
  for (const line of text.split(lineEnd)) {
    const [, name = '', value = ''] = /^([A-Za-z-]+):[ \t]*(.*)$/.exec(line) ?? [];
    if (name === '' || headers.has(name.toLowerCase())) return undefined;
    headers.set(name.toLowerCase(), value.trim());
  }
  const disposition = parseDisposition(headers.get('content-disposition') ?? '');
  const encoding = headers.get('content-transfer-encoding') ?? 'binary';
  if (!disposition || !textEncodings.includes(encoding.toLowerCase())) return undefined;
  const plain = /^text\/plain(;\s*charset="?utf-?8"?)?$/i.test(headers.get('content-type') ?? 'text/plain');
  return { name: disposition.name, isText: plain && !disposition.isFile };
}

/** `form-data; name="action"`, or with an unquoted name. Browsers encode quotation marks in a name as %22. */
function parseDisposition(value: string): { name: string; isFile: boolean } | undefined {
  const [, quoted, bare, file] =
    /^form-data;\s*name=(?:"([^"\\]*)"|([\w.[\]-]+))(;\s*filename\*?=.*)?$/i.exec(value) ?? [];
  const name = quoted ?? bare;
  return name === undefined ? undefined : { name, isFile: file !== undefined };
}
