/** Cursors contain positions instead of row ids, so a deleted row does not break paging. */
const pattern = /^([a-z]+):(\d{1,15}):(\d{1,15})$/;
const maxLength = 64;

/** A cursor for clients, who must treat it as opaque: base64url of `<list>:<number>:<number>`. */
export function encodeCursor(list: string, [first, second]: readonly [number, number]): string {
  return Buffer.from(`${list}:${first}:${second}`).toString('base64url');
}

/** The two numbers of a cursor; undefined for any text that `encodeCursor` cannot have created for this list. */
export function decodeCursor(list: string, cursor: string): [number, number] | undefined {
  if (cursor.length > maxLength) return undefined;
  const text = Buffer.from(cursor, 'base64url').toString('latin1');
  const [, name, first, second] = pattern.exec(text) ?? [];
  if (name !== list || Buffer.from(text).toString('base64url') !== cursor) return undefined;
  return [Number(first), Number(second)];
}
