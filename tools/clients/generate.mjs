// Generates clients from openapi.json, and compiles them strictly with the programs and the README's example:
// node tools/clients/generate.mjs <new folder> <base URL of the server>
import { spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const tools = fileURLToPath(new URL('.', import.meta.url));
const document = join(tools, '../../openapi.json');
const [folder = '', baseUrl = ''] = process.argv.slice(2);

mkdirSync(folder, { recursive: true });
cpSync(join(tools, 'programs'), folder, { recursive: true });
symlinkSync(join(tools, 'node_modules'), join(folder, 'node_modules'), 'junction');
const [, example] = /```ts\n([\s\S]*?)```/.exec(readFileSync(join(tools, '../../README.md'), 'utf8')) ?? [];
if (example === undefined) throw new Error('README.md has no example in TypeScript');
writeFileSync(join(folder, 'readme.mts'), `declare const token: string;\n${example}`);
writeFileSync(join(folder, 'package.json'), JSON.stringify({ type: 'module' }));
const compilerOptions = {
  ...{ target: 'ES2022', module: 'nodenext', lib: ['ES2022', 'DOM', 'DOM.Iterable'], types: [], outDir: 'compiled' },
  ...{ strict: true, noUncheckedIndexedAccess: true, noImplicitOverride: true, skipLibCheck: true },
};
writeFileSync(join(folder, 'tsconfig.json'), JSON.stringify({ compilerOptions, include: ['*.ts', '*.mts'] }));

run('openapi-typescript/bin/cli.js', document, '--output', join(folder, 'chat-store.ts'));
// Its command reads no configuration from a module.
const { generate } = createRequire(import.meta.url)('orval');
await generate({
  input: { target: document },
  output: { mode: 'single', client: 'fetch', target: join(folder, 'orval.ts'), baseUrl },
});
run('typescript/bin/tsc', '--project', folder);

function run(program, ...options) {
  const path = join(tools, 'node_modules', program);
  const { status } = spawnSync(process.execPath, [path, ...options], { stdio: 'inherit' });
  if (status !== 0) process.exit(status ?? 1);
}
