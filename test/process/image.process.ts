import { execFileSync, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { freePort } from '../support/database/mariadb.mjs';
import { ImageRehearsal } from '../support/process/image-rehearsal.js';
import { endPrograms, until } from '../support/process/program.js';
import { testSecret } from '../support/process/server.js';

/** Of the directories of the image without Node, in MiB. */
const maxMegabytes = 220;

describe('the image', () => {
  const image = new ImageRehearsal();
  beforeAll(() => {
    image.build();
  }, 600_000);
  afterAll(endPrograms);

  it('has no compiler and no test, and is small', () => {
    const files = execFileSync('find', [image.path('app'), '-type', 'd'], { encoding: 'utf8' });
    expect(files).toContain('/node_modules/@photostructure/sqlite\n');
    expect(files).not.toMatch(/\/node_modules\/(typescript|@swc\/core|esbuild|jest|eslint|@nestjs\/cli)\n/);
    const [kilobytes] = execFileSync('du', ['-sk', image.path('app')], { encoding: 'utf8' }).split('\t');
    expect(Number(kilobytes) / 1024).toBeLessThan(maxMegabytes);
  });

  it('starts without a writable directory but /data, is healthy, and stops on SIGTERM', async () => {
    const port = String(await freePort());
    const [program = '', ...args] = image.command('CMD');
    const { env, ...options } = image.options;
    const server = spawn(program, args, {
      ...options,
      env: { ...env, PORT: port, JWT_SECRET: testSecret, DRAIN_SECONDS: '0' },
    });
    let output = '';
    for (const stream of [server.stdout, server.stderr])
      stream.on('data', (chunk: Buffer) => (output += chunk.toString()));
    try {
      const check = () => {
        const [checker = '', ...checkArgs] = image.command('HEALTHCHECK');
        return spawnSync(checker, checkArgs, { ...options, env: { ...env, PORT: port } }).status;
      };
      expect(check()).toBe(1);
      await until('it is healthy', 45_000, () => Promise.resolve(check() === 0));
      expect(spawnSync('touch', ['x'], image.options).status).not.toBe(0);
    } finally {
      server.kill('SIGTERM');
    }
    expect(await once(server, 'exit')).toEqual([0, null]);
    expect(output).toContain('Ready at http://');
  });

  it('says what is missing, with the exit code of a wrong configuration', () => {
    const [program = '', ...args] = image.command('CMD');
    const { status, stderr } = spawnSync(program, args, { ...image.options, encoding: 'utf8' });
    expect([status, stderr]).toEqual([78, expect.stringContaining('JWT_SECRET is required in production')]);
  });
});
