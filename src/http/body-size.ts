import type { IncomingHttpHeaders } from 'node:http';

/** A JSON escape like `\u001f` takes six bytes for one byte of content. */
const jsonBytesPerContentByte = 6;
const otherFieldsBytes = 64 * 1024;

/** The limit of a request body, in bytes, for the given limit of message contents: with a payload of as many bytes. */
export function maxBodyBytes(maxContentBytes: number): number {
  return maxContentBytes * (jsonBytesPerContentByte + 1) + otherFieldsBytes;
}

/** The bytes of body that the headers of a request announce: 0 for none, Infinity for an unknown number. */
export function announcedBytes(headers: IncomingHttpHeaders): number {
  return headers['transfer-encoding'] === undefined ? Number(headers['content-length'] ?? 0) : Infinity;
}

/** Whether the headers of a request announce a body of at least one byte, or of unknown length. */
export function announcesBody(headers: IncomingHttpHeaders): boolean {
  return announcedBytes(headers) > 0;
}
