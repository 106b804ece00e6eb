// Lints openapi.json with redocly (recommended) and spectral (spectral:oas), installed in a folder of their own.
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const tools = `${root}tools/openapi-lint`;

run('npm', ['ci', '--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error'], tools);
const redocly = ['lint', 'openapi.json', '--config', `${tools}/redocly.yaml`];
const spectral = ['lint', 'openapi.json', '--ruleset', `${tools}/spectral.yaml`, '--fail-severity', 'hint'];
run(process.execPath, [`${tools}/node_modules/@redocly/cli/bin/cli.js`, ...redocly], root);
run(process.execPath, [`${tools}/node_modules/@stoplight/spectral-cli/dist/index.js`, ...spectral], root);

function run(command, options, cwd) {
  const { status } = spawnSync(command, options, {
    cwd,
    stdio: 'inherit',
    shell: process.platform === 'win32' && command === 'npm',
    env: { ...process.env, REDOCLY_TELEMETRY: 'off', REDOCLY_SUPPRESS_UPDATE_NOTICE: 'true' },
  });
  if (status !== 0) process.exit(status ?? 1);
}
