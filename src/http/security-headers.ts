import type { NestFastifyApplication } from '@nestjs/platform-fastify';

/** Adds the security headers to every response. The docs page replaces the content security policy by its own. */
export function useSecurityHeaders(app: NestFastifyApplication): void {
  app.useSecurityHeaders({
    // API responses load nothing.
    contentSecurityPolicy: {
      useDefaults: false,
      directives: { defaultSrc: "'none'", baseUri: "'none'", formAction: "'none'", frameAncestors: "'none'" },
    },
    // HSTS belongs to the proxy that terminates TLS.
    strictTransportSecurity: false,
  });
}

/** The same headers for responses that are sent before the security headers' hook runs. */
export const undecodableUrlHeaders = {
  'cache-control': 'no-store',
  'x-content-type-options': 'nosniff',
  'x-frame-options': 'SAMEORIGIN',
  'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
  'cross-origin-resource-policy': 'same-origin',
  'referrer-policy': 'no-referrer',
};
