import {
  appendFileSync,
  cpSync,
  existsSync,
  readFileSync,
  readdirSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { builtinModules } from 'node:module';
import { join } from 'node:path';
import { expectStatus } from '../support/rest/client.js';
import { endPrograms, lines, newFolder, root, run, type Ending } from '../support/process/program.js';
import { isFull } from '../support/run/full.js';
import { ServerProcess } from '../support/process/server.js';

const parts = [
  'src',
  'client',
  'scripts',
  'dist',
  'ormconfig.ts',
  'package.json',
  'nest-cli.json',
  'tsconfig.json',
  'tsconfig.build.json',
];
const tokenProgram = ['src/cli/token.js', '--user', '2', '--activity', '1'];
const tokenForm = /^eyJ[\w-]+\.[\w-]+\.[\w-]+\n$/;

describe('the commands of npm', () => {
  let copy: string;

  beforeAll(() => {
    copy = newFolder();
    for (const part of parts) cpSync(join(root, part), join(copy, part), { recursive: true });
    symlinkSync(join(root, 'node_modules'), join(copy, 'node_modules'));
    touch(join(copy, 'dist/src/main.js'), 1000);
  });
  afterAll(endPrograms);

  it('do not build when dist is newer than its sources', async () => {
    const before = statSync(join(copy, 'dist')).ino;
    const ending = await runner(tokenProgram);
    expect(ending).toMatchObject({ code: 0, stderr: '' });
    expect(ending.stdout).toMatch(tokenForm);
    expect(statSync(join(copy, 'dist')).ino).toBe(before);
  });

  it.each(['EACCES', 'EROFS'])(
    'say what to do when they must build in a folder that is read-only: %s',
    async (code) => {
      touch(join(copy, 'src/main.ts'), 2000);
      try {
        const { code: exitCode, stdout, stderr } = await runner(tokenProgram, readOnly(code));
        expect(exitCode).toBe(78);
        expect(stdout).toBe('');
        expect(lines(stderr)).toEqual([
          'Building ...',
          expect.stringMatching(
            new RegExp(`^error: dist is missing or older .* cannot be written \\(${code}\\): .*node dist/src`),
          ),
        ]);
      } finally {
        // Older than dist.
        touch(join(copy, 'src/main.ts'), -60_000);
      }
    },
  );

  it('build when a source is newer, while a server continues with the old build', async () => {
    const command = [process.execPath, join(copy, 'scripts/run.mjs'), 'src/main.js'];
    const server = await ServerProcess.listening({}, copy, command);
    await server.untilReady();
    const before = statSync(join(copy, 'dist')).ino;
    appendFileSync(join(copy, 'src/main.ts'), '\n// a later word\n');
    touch(join(copy, 'src/main.ts'), 2000);

    const ending = await runner(tokenProgram);
    expect(ending).toMatchObject({ code: 0, stderr: 'Building ...\n' });
    expect(ending.stdout).toMatch(tokenForm);
    expect(statSync(join(copy, 'dist')).ino).not.toBe(before);
    expect(readFileSync(join(copy, 'dist/src/main.js'), 'utf8')).toContain('a later word');
    expect(leftovers()).toEqual([]);

    const client = await server.client();
    const sessionId = await client.newSession();
    expectStatus(await client.save(sessionId, { content: 'from the old one' }), 201);
    expect(await server.status('/docs')).toBe(200);
    expect(await server.end()).toMatchObject({ code: 0, stderr: '' });
  }, 180_000);

  // Another whole build, which takes long.
  if (isFull) {
    it('keep the old dist when the build fails, and start nothing', async () => {
      const before = statSync(join(copy, 'dist')).ino;
      writeFileSync(join(copy, 'src/broken.ts'), 'export const number: number = "a text";\n');
      touch(join(copy, 'src/broken.ts'), 60_000);
      const ending = await runner(tokenProgram);
      expect(ending.code).not.toBe(0);
      expect(ending.stdout + ending.stderr).toContain('src/broken.ts');
      expect(ending.stdout).not.toContain('eyJ');
      expect(statSync(join(copy, 'dist')).ino).toBe(before);
      expect(existsSync(join(copy, 'dist/src/main.js'))).toBe(true);
      expect(leftovers()).toEqual([]);
    }, 180_000);
  }

  function runner(options: string[], nodeOptions: string[] = []): Promise<Ending> {
    return run([process.execPath, ...nodeOptions, join(copy, 'scripts/run.mjs'), ...options], { folder: copy });
  }

  /** Options of Node with which no file can be written: root may write to each folder. */
  function readOnly(code: string): string[] {
    const module = `
      import fs from 'node:fs';
      import { syncBuiltinESMExports } from 'node:module';
      fs.writeFileSync = () => { throw Object.assign(new Error('read-only'), { code: '${code}' }); };
      syncBuiltinESMExports();`;
    return ['--import', `data:text/javascript,${encodeURIComponent(module)}`];
  }

  function leftovers(): string[] {
    return readdirSync(copy).filter((name) => /^(dist|tsconfig\.dist)\./.test(name));
  }
});

describe('dist', () => {
  it('imports no development dependency', () => {
    const { dependencies, peerDependencies = {} } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as {
      dependencies: Record<string, string>;
      peerDependencies?: Record<string, string>;
    };
    const known = new Set([...Object.keys(dependencies), ...Object.keys(peerDependencies)]);
    const foreign = filesOf(join(root, 'dist'))
      .flatMap((file) => importsOf(readFileSync(file, 'utf8')))
      .filter((name) => !known.has(name));
    expect([...new Set(foreign)]).toEqual([]);
  });

  it('has no test', () => {
    expect(filesOf(join(root, 'dist')).filter((file) => file.includes('.spec.'))).toEqual([]);
  });
});

function filesOf(folder: string): string[] {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.js'))
    .map((name) => join(folder, name));
}

/** The names of the packages that a module imports, without Node's own modules. */
function importsOf(text: string): string[] {
  const named =
    /^(?:import|export)\b[^'"]*\bfrom\s*['"]([^'"]+)['"]|^import\s*['"]([^'"]+)['"]|\b(?:import|require|resolve)\(['"]([^'"]+)['"]\)/gm;
  return [...text.matchAll(named)]
    .map(([, from = '', bare = '', called = '']) => from || bare || called)
    .filter((name) => !/^(node:|\.)/.test(name) && !builtinModules.includes(name))
    .map((name) =>
      name
        .split('/')
        .slice(0, name.startsWith('@') ? 2 : 1)
        .join('/'),
    );
}

/** Sets the modification time of a file, in milliseconds from now. */
function touch(file: string, fromNow: number): void {
  const time = new Date(Date.now() + fromNow);
  utimesSync(file, time, time);
}
