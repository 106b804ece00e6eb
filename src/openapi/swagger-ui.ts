import { createHash } from 'node:crypto';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { SwaggerModule, type OpenAPIObject } from '@nestjs/swagger';
import type { FastifyRequest } from 'fastify';
import { publicPath } from '../http/public-path.js';
import { openApiDocument, withServerPath } from './openapi.js';

/** Creates a token for one view of the docs page. */
export type TokenFactory = () => Promise<string>;

/**
 * Serves Swagger UI at `/docs`, without files of other hosts, and the OpenAPI document at `/openapi.json`.
 * @param createToken if given, the page opens authorised with a new token
 */
export function serveDocs(app: NestFastifyApplication, createToken?: TokenFactory): void {
  let token = '';
  SwaggerModule.setup('docs', app, () => openApiDocument(app), {
    raw: ['json'],
    jsonDocumentUrl: 'openapi.json',
    customSiteTitle: 'Chat store',
    // With this option Swagger UI's configuration is rendered for each request, which reads `value` each time.
    patchDocumentOnRequest: async (request, _reply, document: OpenAPIObject) => {
      if (createToken) token = await createToken();
      return withServerPath(document, publicPath(request as FastifyRequest, ''));
    },
    swaggerOptions: {
      tryItOutEnabled: true,
      displayRequestDuration: true,
      ...(createToken && { authAction: authAction(() => token) }),
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

function authAction(value: () => string) {
  return {
    bearer: {
      name: 'bearer',
      schema: { type: 'http', scheme: 'bearer' },
      get value() {
        return value();
      },
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
