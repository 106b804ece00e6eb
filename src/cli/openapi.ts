import { writeFileSync } from 'node:fs';
import { pino } from 'pino';
import { createApp } from '../app.setup.js';
import { readConfig } from '../config/read-config.js';
import { sampleEnvironment } from '../openapi/sample-config.js';
import { openApiDocument } from '../openapi/openapi.js';
import { parseOptions, printHelpOrVersion } from '../server/command-line.js';
import { exitWithError } from '../server/exit-with-error.js';

const usage = 'usage: npm run openapi';
const help = `${usage}

Writes openapi.json into the working directory, from the code. Needs no database. Options: --help, --version`;

/** `npm run openapi`: generates `openapi.json` from the code. Needs no database. */
async function main(): Promise<void> {
  const args = process.argv.slice(2);
  printHelpOrVersion(args, help);
  parseOptions(args, {}, usage);
  const config = readConfig(sampleEnvironment);
  const app = await createApp(config, pino({ level: 'error' }));
  await app.init();
  writeFileSync('openapi.json', `${JSON.stringify(openApiDocument(app), undefined, 2)}\n`);
  await app.close();
}

await main().catch(exitWithError);
