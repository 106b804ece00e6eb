import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { root } from './program.js';

export interface Instruction {
  name: string;
  text: string;
}

/** The instructions of the Dockerfile, by stage. */
export function readStages(): Instruction[][] {
  const text = readFileSync(join(root, 'Dockerfile'), 'utf8')
    .replaceAll(/^#.*\n/gm, '')
    .replaceAll('\\\n', ' ');
  const stages: Instruction[][] = [];
  for (const line of text.split('\n').filter((some) => some.trim() !== '')) {
    const [, name = '', rest = ''] = /^([A-Z]+)\s+(.*)$/.exec(line) ?? [];
    if (name === 'FROM') stages.push([]);
    stages.at(-1)?.push({ name, text: rest.trim() });
  }
  return stages;
}

/** The command of `CMD [...]`, also behind `HEALTHCHECK --option`. */
export function commandOf(instructions: Instruction[], name: string): string[] {
  const { text = '' } = instructions.find((one) => one.name === name) ?? {};
  return JSON.parse(text.slice(text.indexOf('['))) as string[];
}

/** The entries of .dockerignore, all of which are names in the top directory. */
export function isIgnored(path: string): boolean {
  const names = readFileSync(join(root, '.dockerignore'), 'utf8').split('\n');
  return names.includes(path.split('/')[0] ?? '');
}
