import { createHash } from 'node:crypto';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { SwaggerModule, type OpenAPIObject } from '@nestjs/swagger';
import type { FastifyRequest } from 'fastify';
import { publicPath } from '../http/public-path.js';
import { openApiDocument, withServerPath } from './openapi.js';

/** Creates a token for one view of the docs page; undefined if there are none, or no longer. */
export interface DocsTokens {
  readonly areValid: boolean;
  issue(): Promise<string | undefined>;
}

/**
 * Serves Swagger UI at `/docs`, without files of other hosts, and the OpenAPI document at `/openapi.json`.
 * @param tokens while they are valid, the page opens authorised with a new token
 */
export function serveDocs(app: NestFastifyApplication, tokens: DocsTokens): void {
  let token: string | undefined;
  SwaggerModule.setup('docs', app, () => openApiDocument(app), {
    raw: ['json'],
    jsonDocumentUrl: 'openapi.json',
    customSiteTitle: 'Chat store',
    // With this option Swagger UI's configuration is rendered for each request, which reads `value` each time.
    patchDocumentOnRequest: async (request, _reply, document: OpenAPIObject) => {
      token = await tokens.issue();
      return withServerPath(document, publicPath(request as FastifyRequest, ''));
    },
    swaggerOptions: {
      tryItOutEnabled: true,
      displayRequestDuration: true,
      // Another request may have ended the tokens while this one was waiting for its own.
      ...(tokens.areValid && { authAction: authAction(() => (tokens.areValid ? token : undefined)) }),
    },
  });
  app
    .getHttpAdapter()
    .getInstance()
    .addHook('onSend', async (request, reply, payload) => {
      if (!/^\/docs(\/|\?|$)/.test(request.url)) return payload;
      reply.header('cache-control', 'no-store');
      if (String(reply.getHeader('content-type')).startsWith('text/html')) {
        reply.header('content-security-policy', contentSecurityPolicy(String(payload)));
      }
      return payload;
    });
}

/** Swagger UI's authorisation with the token; none without one. */
function authAction(token: () => string | undefined) {
  return {
    get bearer() {
      const value = token();
      return value === undefined ? undefined : { name: 'bearer', schema: { type: 'http', scheme: 'bearer' }, value };
    },
  };
}

/** Hash of the style element that Swagger UI's script (swagger-ui-dist 5.33.0) adds. */
const bundleStyle = "'sha256-RL3ie0nH+Lzz2YNqQN83mnU0J1ot4QL7b99vMdIX99w='";

/** Allows the page's own files and, by their hashes, its inline styles. It has no inline scripts. */
function contentSecurityPolicy(html: string): string {
  const styles = [...html.matchAll(/<style>([\s\S]*?)<\/style>/g), ...html.matchAll(/ style="([^"]*)"/g)];
  const hashes = styles.map(([, style = '']) => `'sha256-${createHash('sha256').update(style).digest('base64')}'`);
  return [
    "default-src 'none'",
    "script-src 'self'",
    `style-src 'self' 'unsafe-hashes' ${[...hashes, bundleStyle].join(' ')}`,
    "img-src 'self' data:",
    "connect-src 'self'",
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
  ].join('; ');
}
