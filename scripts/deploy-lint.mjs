// Checks the files with which the server is installed, with tools in a folder of their own.
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { installLocked } from './install-locked.mjs';

const root = fileURLToPath(new URL('..', import.meta.url));
const tools = `${root}tools/deploy`;

const installed = installLocked(tools);
if (installed !== 0) process.exit(installed);
const requireTool = createRequire(`${tools}/package.json`);

run(process.execPath, [`${tools}/node_modules/dockerfilelint/bin/dockerfilelint`, 'Dockerfile']);
run(process.execPath, [`${tools}/node_modules/dclint/bin/dclint.cjs`, '--max-warnings=0', 'compose.yaml']);
for (const name of readdirSync(`${root}deploy/kubernetes`)) checkManifests(`deploy/kubernetes/${name}`);
if (hasSystemd()) verifyUnit('chat-store.service');
else if (process.env.CI) throw new Error('systemd-analyze is not installed, and CI must not leave its check out');
else console.log('*** NOT RUN: systemd-analyze verify. Install it (Debian: apt-get install systemd)');

function run(program, options) {
  const { status } = spawnSync(program, options, { cwd: root, stdio: 'inherit' });
  if (status !== 0) process.exit(status ?? 1);
}

/** Validates each object of a file against the schema of its kind. */
function checkManifests(file) {
  for (const document of requireTool('yaml').parseAllDocuments(readFileSync(`${root}${file}`, 'utf8'))) {
    if (document.errors.length > 0) throw document.errors[0];
    const object = document.toJS();
    const { [object.kind]: Kind } = requireTool(`kubernetes-models/${object.apiVersion}`);
    new Kind(object).validate();
    console.log(`${file}: ${object.kind} ${object.metadata.name} is valid`);
  }
}

/** systemd-analyze only warns of what it does not understand. The program is the Node of this machine. */
function verifyUnit(name) {
  const folder = mkdtempSync(join(tmpdir(), 'unit-'));
  try {
    const unit = readFileSync(`${root}deploy/systemd/${name}`, 'utf8');
    writeFileSync(join(folder, name), unit.replace('/usr/bin/node', process.execPath));
    const { status, stdout, stderr } = spawnSync('systemd-analyze', ['verify', join(folder, name)], {
      encoding: 'utf8',
    });
    const complaints = `${stdout}${stderr}`.split('\n').filter((line) => line.includes(name));
    if (status !== 0 || complaints.length > 0) throw new Error(`deploy/systemd/${name}: ${complaints.join('\n')}`);
    console.log(`deploy/systemd/${name} is valid`);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

function hasSystemd() {
  return spawnSync('systemd-analyze', ['--version']).status === 0;
}
