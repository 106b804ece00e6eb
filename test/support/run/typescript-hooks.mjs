import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { transform } from '@swc/core';

/** A test file and its engine as the runner passes them: `x.e2e.ts@mariadb`. */
const testFile = /^(.*\.ts)@(\w*)$/;

/** Sources import each other by the names of the build: `./x.js` is `./x.ts` here. */
export function resolve(specifier, context, nextResolve) {
  if (context.parentURL !== undefined && /^\.{1,2}\/.*\.js$/.test(specifier)) {
    const source = new URL(specifier.replace(/js$/, 'ts'), context.parentURL);
    if (existsSync(source)) return { url: source.href, shortCircuit: true };
  }
  if (specifier.startsWith('file:') && testFile.test(new URL(specifier).pathname)) {
    return { url: specifier, shortCircuit: true };
  }
  return nextResolve(specifier, context);
}

/** Compiles TypeScript as the build does (.swcrc). Types are checked by `npm run typecheck` only. */
export async function load(url, context, nextLoad) {
  const { protocol, pathname } = new URL(url);
  const [, path, engine] = testFile.exec(pathname) ?? [undefined, pathname, undefined];
  if (protocol !== 'file:' || !path.endsWith('.ts')) return nextLoad(url, context);
  const filename = fileURLToPath(new URL(path, url));
  const source = await readFile(filename, 'utf8');
  const { code } = await compile(source, filename);
  // On the same line, so that the lines of the source map stay correct.
  const head = engine === undefined ? '' : `globalThis.testEngine = '${engine}'; `;
  return { format: 'module', source: head + code, shortCircuit: true };
}

async function compile(source, filename) {
  try {
    return await transform(source, { filename, swcrc: true, sourceMaps: 'inline' });
  } catch (error) {
    // An error of this thread loses its message on the way to the thread of the test, so the module itself throws.
    return { code: `throw new SyntaxError(${JSON.stringify(`${filename}: ${error.message}`)});` };
  }
}
