import { writeSync } from 'node:fs';
import { createRequire } from 'node:module';

// Prints the packages of OpenTelemetry that the process has loaded, when it ends: all of them are CommonJS modules.
const { cache } = createRequire(import.meta.url);
process.on('exit', () => {
  const packages = Object.keys(cache).flatMap((file) => /@opentelemetry[\\/][^\\/]+/.exec(file) ?? []);
  writeSync(1, `loaded: ${[...new Set(packages)].sort().join(' ')}\n`);
});
