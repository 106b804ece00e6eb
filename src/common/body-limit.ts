/** A JSON text may need six bytes for one of content: `\u001f`. */
const jsonBytesPerContentByte = 6;
const otherFieldsBytes = 64 * 1024;

/** The longest body of a request, in bytes, where contents of so many bytes are allowed. */
export function bodyLimit(contentMaxBytes: number): number {
  return contentMaxBytes * jsonBytesPerContentByte + otherFieldsBytes;
}
