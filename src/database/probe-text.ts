/** Characters of two, three and four bytes, combining ones, and those that SQL escapes. */
export const probeText =
  'a\u0301 \u00e9 \u00df \u6f22 \u{1f680} \u{1f468}\u200d\u{1f469}\u200d\u{1f467} \u0627 \\ \' " %';
/** The bytes of UTF-8 as HEX() of the server writes them. */
export const probeHex = Buffer.from(probeText).toString('hex').toUpperCase();

/** `stored` is HEX() of the text on the server, `returned` the text. */
export interface ProbeRow {
  stored: string;
  returned: string;
}

export function isIntact(row: ProbeRow | undefined): boolean {
  return row?.stored === probeHex && row.returned === probeText;
}
