import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { distIsFresh } from '../../../scripts/fresh.mjs';

const buildProgram = fileURLToPath(new URL('../../../scripts/build.mjs', import.meta.url));

/** Builds `dist` when it is older than its sources. @throws Error when the build fails */
export async function buildDist() {
  if (distIsFresh()) return;
  const child = spawn(process.execPath, [buildProgram, '--no-check'], { stdio: 'inherit' });
  const code = await new Promise((resolve, reject) => child.once('error', reject).once('exit', resolve));
  if (code !== 0) throw new Error('the build failed');
}
