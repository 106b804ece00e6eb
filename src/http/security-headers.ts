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
