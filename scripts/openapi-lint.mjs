// Lints openapi.json with redocly (recommended) and spectral (spectral:oas), installed in a folder of their own.
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { installLocked } from './install-locked.mjs';

const root = fileURLToPath(new URL('..', import.meta.url));
const tools = `${root}tools/openapi-lint`;

const installed = installLocked(tools);
if (installed !== 0) process.exit(installed);
const redocly = ['lint', 'openapi.json', '--config', `${tools}/redocly.yaml`];
const spectral = ['lint', 'openapi.json', '--ruleset', `${tools}/spectral.yaml`, '--fail-severity', 'hint'];
run(`${tools}/node_modules/@redocly/cli/bin/cli.js`, redocly);
run(`${tools}/node_modules/@stoplight/spectral-cli/dist/index.js`, spectral);

function run(program, options) {
  const { status } = spawnSync(process.execPath, [program, ...options], {
    cwd: root,
    stdio: 'inherit',
    env: { ...process.env, REDOCLY_TELEMETRY: 'off', REDOCLY_SUPPRESS_UPDATE_NOTICE: 'true' },
  });
  if (status !== 0) process.exit(status ?? 1);
}
