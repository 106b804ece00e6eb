/** A text of the source. */
export interface SourceText {
  /** NULL stays null. */
  text: string | null;
  /** Whether every byte is kept; a column of bytes may have ones that are not UTF-8. */
  isExact: boolean;
}

const strict = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/** The value of a column as text: the driver gives columns of bytes as buffers. */
export function toText(value: unknown): SourceText {
  if (value === null || value === undefined) return { text: null, isExact: true };
  if (typeof value === 'string') return { text: value, isExact: true };
  if (!Buffer.isBuffer(value)) return { text: JSON.stringify(value), isExact: true };
  try {
    return { text: strict.decode(value), isExact: true };
  } catch {
    return { text: value.toString(), isExact: false };
  }
}
