import { writeFileSync } from 'node:fs';
import { pino } from 'pino';
import { createApp } from '../app.setup.js';
import { readConfig } from '../config/read-config.js';
import { documentedServer } from '../docs/documented-server.js';
import { openApiDocument } from '../docs/openapi.js';
import { failStart } from '../server/fail-start.js';

/** Writes `openapi.json` from the code. Needs no database. */
async function main(): Promise<void> {
  const config = readConfig(documentedServer);
  const app = await createApp(config, pino({ level: 'error' }));
  await app.init();
  writeFileSync('openapi.json', `${JSON.stringify(openApiDocument(app), undefined, 2)}\n`);
  await app.close();
}

await main().catch(failStart);
