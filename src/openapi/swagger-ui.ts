import { createHash } from 'node:crypto';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { SwaggerModule, type OpenAPIObject } from '@nestjs/swagger';
import { openApiDocument } from './openapi.js';

/** Gives a fresh token for the page, where the server offers one. */
export type TokenFactory = () => Promise<string>;

/** Swagger UI at `/docs` and the document at `/openapi.json`, all files local. With `freshToken` the page opens signed in. */
export function serveDocs(app: NestFastifyApplication, freshToken?: TokenFactory): void {
  let token = '';
  SwaggerModule.setup('docs', app, () => openApiDocument(app), {
    raw: ['json'],
    jsonDocumentUrl: 'openapi.json',
    customSiteTitle: 'Chat store',
    // With this the page's script is written anew for each request, and `value` is read each time.
    patchDocumentOnRequest: async (_request, _reply, document: OpenAPIObject) => {
      if (freshToken) token = await freshToken();
      return document;
    },
    swaggerOptions: {
      tryItOutEnabled: true,
      displayRequestDuration: true,
      ...(freshToken && { authAction: authAction(() => token) }),
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

/** Of the style that Swagger UI's bundle (swagger-ui-dist 5.33.0) adds itself. */
const bundleStyle = "'sha256-RL3ie0nH+Lzz2YNqQN83mnU0J1ot4QL7b99vMdIX99w='";

/** The page's own files, and the styles that are written in it; its scripts are all files. */
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
