import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import type { Logger } from 'pino';
import { SIGNING_SECRET, type SigningSecret } from '../auth/signing-secret.js';
import { SampleTokens, sampleCall, sampleOwner } from '../auth/sample-tokens.js';
import { version } from '../common/version.js';
import type { Config } from '../config/config.js';
import { describeServer } from '../database/connection/startup-errors.js';

/** Prints the URLs and a sample token for trying the server out. In production, logs one line instead. */
export async function printBanner(app: NestFastifyApplication, config: Config, logger: Logger): Promise<void> {
  const url = await app.getUrl();
  if (config.production) {
    const { publicUrl } = config.http;
    logger.info(`Ready at ${url}${publicUrl ? `, published at ${publicUrl.href}` : ''}`);
    return;
  }
  const lines = [
    '',
    `The chat store is ready, on ${databaseName(config)}.`,
    '',
    ...(config.docs ? [`  Try it in a browser   ${url}/docs`, `  OpenAPI document      ${url}/openapi.json`] : []),
    `  REST interface        ${url}/api/v1`,
    `  Ready?                ${url}/readyz`,
    `  Version               ${version}`,
    '',
    ...(await tokenLines(app, url)),
    '',
  ];
  process.stdout.write(`${lines.join('\n')}\n`);
}

async function tokenLines(app: NestFastifyApplication, url: string): Promise<string[]> {
  const secret = app.get<SigningSecret | undefined>(SIGNING_SECRET, { strict: false });
  if (!secret) return ['  Token                 issued by the holder of the private key'];
  const samples = app.get(SampleTokens, { strict: false });
  const token = await samples.issue();
  if (token === undefined) return ['  Token                 npm run -s token -- --user 2 --activity 1'];
  return [
    `A token for user ${sampleOwner.userId} in activity ${sampleOwner.activityId}, good for ${duration(samples.ttlSeconds)}:`,
    '',
    `  ${token}`,
    '',
    'Paste this to create a session:',
    '',
    `  ${sampleCall(url, token)}`,
  ];
}

function duration(seconds: number): string {
  return seconds % 3600 === 0 ? `${seconds / 3600} hours` : `${seconds} seconds`;
}

function databaseName({ database }: Config): string {
  return database.engine === 'sqlite' ? `SQLite in ${database.file}` : describeServer(database);
}
