import { writeFileSync } from 'node:fs';
import { pino } from 'pino';
import { createApp } from '../app.setup.js';
import { readConfig } from '../config/read-config.js';
import { sampleEnvironment } from '../openapi/sample-config.js';
import { openApiDocument } from '../openapi/openapi.js';
import { exitWithError } from '../server/exit-with-error.js';

/** Writes `openapi.json` from the code. Needs no database. */
async function main(): Promise<void> {
  const config = readConfig(sampleEnvironment);
  const app = await createApp(config, pino({ level: 'error' }));
  await app.init();
  writeFileSync('openapi.json', `${JSON.stringify(openApiDocument(app), undefined, 2)}\n`);
  await app.close();
}

await main().catch(exitWithError);
