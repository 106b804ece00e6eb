// Runs a program of dist, built anew where it is older than its sources: node scripts/run.mjs src/cli/token.js [options]
import { build } from './build.mjs';
import { distIsFresh } from './fresh.mjs';

const [program, ...options] = process.argv.slice(2);

if (!distIsFresh()) {
  process.stderr.write('Building ...\n');
  const exitCode = build();
  if (exitCode !== 0) process.exit(exitCode);
}
process.argv = [process.argv[0], program, ...options];
await import(new URL(`../dist/${program}`, import.meta.url).href);
