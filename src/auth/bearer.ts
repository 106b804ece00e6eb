/** Whether the header is of the scheme, with a token or without a readable one. */
export function isBearer(header: string | undefined): boolean {
  return /^bearer\b/i.test(header ?? '');
}

/** RFC 6750 section 2.1; the scheme's case does not matter (RFC 9110 section 11.1). Undefined when there is none. */
export function bearerToken(header: string | undefined): string | undefined {
  return /^Bearer +([A-Za-z0-9._~+/=-]+) *$/i.exec(header ?? '')?.[1];
}
