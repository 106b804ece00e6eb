/** True if the header uses the Bearer scheme, even if its token is missing or malformed. */
export function isBearer(header: string | undefined): boolean {
  return /^bearer\b/i.test(header ?? '');
}

/** The token of the header (RFC 6750 section 2.1); undefined if there is none. The case of the scheme is ignored. */
export function bearerToken(header: string | undefined): string | undefined {
  return /^Bearer +([A-Za-z0-9._~+/=-]+) *$/i.exec(header ?? '')?.[1];
}
