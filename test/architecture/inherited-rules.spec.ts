import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { getMetadataStorage } from 'class-validator';
import { root, sourceFiles } from './source-imports.js';

type Class = abstract new () => object;

const rulesOf = (target: Class) => getMetadataStorage().getTargetValidationMetadatas(target, '', false, false);

/** Rules of a base class that a class does not have: class-validator drops those whose property has one of its own. */
function lostRules(target: Class): string[] {
  const base: unknown = Object.getPrototypeOf(target);
  if (typeof base !== 'function' || base === Function.prototype) return [];
  const rules = rulesOf(target);
  return rulesOf(base as Class)
    .filter((rule) => !rules.includes(rule))
    .map((rule) => `${target.name}.${rule.propertyName}`);
}

/** Their own rules are the narrower ones. */
const replaced = ['SaveInBatchDto.status'];

class Base {
  name!: string;
}
class Derived extends Base {}

it('no class of a request loses a rule of its base class', async () => {
  const files = sourceFiles().filter(({ path }) => path.endsWith('.dto.ts'));
  const modules = await Promise.all(
    files.map(({ path }) => import(pathToFileURL(join(root, 'src', path)).href) as Promise<Record<string, unknown>>),
  );
  const classes = modules.flatMap((module) => Object.values(module)).filter((one) => typeof one === 'function');
  expect(classes.length).toBeGreaterThan(files.length);
  expect(new Set(classes.flatMap((one) => lostRules(one as Class)))).toEqual(new Set(replaced));
});

it('a lost rule is found', async () => {
  const { IsCompatible } = await import('../../src/http/text-rule.js');
  IsCompatible(() => 'base')(Base.prototype, 'name');
  expect(lostRules(Derived)).toEqual([]);
  IsCompatible(() => 'derived')(Derived.prototype, 'name');
  expect(lostRules(Derived)).toEqual(['Derived.name']);
});
