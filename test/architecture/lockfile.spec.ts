import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { root } from './source-imports.js';

interface LockedPackage {
  version?: string;
  resolved?: string;
  integrity?: string;
  optionalDependencies?: Record<string, string>;
}
interface Lockfile {
  packages: Record<string, LockedPackage>;
}
interface Package {
  dependencies: Record<string, string>;
  devDependencies: Record<string, string>;
}

function read(name: string): unknown {
  return JSON.parse(readFileSync(join(root, name), 'utf8'));
}

const lockfiles = [
  'package-lock.json',
  ...['bench', 'tools/clients', 'tools/mutation', 'tools/openapi-lint'].map((folder) => `${folder}/package-lock.json`),
];
const { packages } = read('package-lock.json') as Lockfile;
const entries = Object.entries(packages).filter(([path]) => path !== '');

describe('package-lock.json', () => {
  // With node_modules present, npm may omit those of other platforms, and npm ci then fails there.
  it('has the optional packages of every platform', () => {
    const missing = entries.flatMap(([path, { optionalDependencies = {} }]) =>
      Object.keys(optionalDependencies)
        .filter((name) => !isLocked(path, name))
        .map((name) => `${name}, which ${path} requires`),
    );
    expect(missing).toEqual([]);
  });

  it('has the packages of the embedded engine and the compiler for several platforms', () => {
    const named = entries.flatMap(([, { optionalDependencies = {} }]) => Object.keys(optionalDependencies));
    for (const platform of ['linux-x64', 'linux-arm64', 'darwin-arm64', 'win32-x64']) {
      expect(named.filter((name) => name.includes(platform))).not.toEqual([]);
    }
  });

  it.each(lockfiles)('%s names no registry, so that npm uses the configured one', (name) => {
    const locked = Object.entries((read(name) as Lockfile).packages);
    expect(locked.length).toBeGreaterThan(1);
    expect(locked.filter(([, { resolved }]) => resolved !== undefined).map(([path]) => path)).toEqual([]);
  });

  it('has a checksum of each package', () => {
    expect(entries.filter(([, { integrity }]) => !integrity?.startsWith('sha512-')).map(([path]) => path)).toEqual([]);
  });
});

describe('package.json', () => {
  const { dependencies, devDependencies } = read('package.json') as Package;

  it.each(Object.entries(dependencies))('names exactly one version of %s', (_, version) => {
    expect(version).toMatch(/^\d+\.\d+\.\d+$/);
  });

  it('names the locked versions', () => {
    const other = Object.entries({ ...dependencies, ...devDependencies }).filter(
      ([name, version]) => /^\d/.test(version) && packages[`node_modules/${name}`]?.version !== version,
    );
    expect(other).toEqual([]);
  });
});

/** Whether Node would find a package of this name from the one at `path`. */
function isLocked(path: string, name: string): boolean {
  for (let folder = path; ; folder = folder.slice(0, Math.max(0, folder.lastIndexOf('/node_modules/')))) {
    if (packages[`${folder === '' ? '' : `${folder}/`}node_modules/${name}`]) return true;
    if (folder === '') return false;
  }
}
