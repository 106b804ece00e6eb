import { readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { configurationError } from '../../common/startup-error.js';
import { supportedNode, version } from '../../common/version.js';
import { readConfig } from '../../config/read-config.js';
import type { Surroundings } from '../check.js';
import { surroundings } from '../surroundings.js';
import { checkBuild } from './build-check.js';
import { checkConfiguration } from './configuration-check.js';
import { checkDisk } from './folder-checks.js';
import { checkNode, satisfies } from './node-check.js';
import { checkTrustedProxies } from './proxy-checks.js';

const at = (changes: Partial<Surroundings>): Surroundings => ({ ...surroundings, ...changes });
const gibibyte = 1024 ** 3;

describe('the check of Node', () => {
  const on = (nodeVersion: string, day: string) => checkNode(at({ nodeVersion, now: () => Date.parse(day) }));

  it.each([
    ['24.11.0', '2026-11-30', 'ok', /^24\.11\.0$/],
    ['22.13.0', '2026-11-30', 'ok', /^22\.13\.0$/],
    ['20.20.2', '2026-04-29', 'ok', /^20\.20\.2$/],
    ['20.20.2', '2026-11-30', 'warning', /no security updates since 2026-04-30\. Install the newest Node with/],
    ['99.0.0', '2026-11-30', 'ok', /^99/],
    ['18.20.8', '2026-11-30', 'error', /^Node 18\.20\.8 is none of .*\. Install/],
    ['22.12.0', '2026-11-30', 'error', /none of/],
    ['23.1.0', '2026-11-30', 'error', /none of/],
  ])('finds %s on %s %s', (nodeVersion, day, level, text) => {
    expect(on(nodeVersion, day)).toEqual([{ level, text: expect.stringMatching(text) as string }]);
  });

  it('understands the ranges of package.json', () => {
    const { engines } = JSON.parse(readFileSync('package.json', 'utf8')) as { engines: { node: string } };
    expect(supportedNode).toBe(engines.node);
    expect(satisfies(process.versions.node, supportedNode)).toBe(true);
    expect(() => satisfies('20.19.0', '20.x')).toThrow('cannot be read');
  });
});

it.each([
  [true, 'ok', `${version}, built from its sources`],
  [false, 'warning', `${version}, but dist is older than its sources: run npm run build, and restart the server.`],
  [undefined, 'ok', `${version}, built; its sources are not here`],
])('the check of the build, current: %s', async (isCurrent, level, text) => {
  expect(await checkBuild(at({ isBuildCurrent: () => Promise.resolve(isCurrent) }))).toEqual([{ level, text }]);
});

describe('the check of the configuration', () => {
  it('lists what differs, masked', () => {
    const environment = { PORT: '80', JWT_SECRET: 'of-the-tests-of-the-doctor-alone-here' };
    expect(checkConfiguration(environment, readConfig(environment))).toEqual([
      {
        level: 'ok',
        text: '2 variables differ from the default (for trying out, without production mode)',
        details: ['PORT=80', 'JWT_SECRET=***'],
      },
    ]);
    const [unchanged] = checkConfiguration({}, readConfig({}));
    expect(unchanged?.text).toBe('all variables have their defaults (for trying out, without production mode)');
  });

  it('has one cross for each wrong variable', () => {
    expect(checkConfiguration({}, configurationError('PORT must be a number'))).toEqual([
      { level: 'error', text: 'PORT must be a number' },
    ]);
  });
});

describe('the check of the disk', () => {
  const disk = async (free: number) => {
    const space = () => Promise.resolve({ free, total: 100 * gibibyte });
    const config = readConfig({ DATA_DIR: `${tmpdir()}/none/below` });
    return checkDisk(config, at({ space }), () => Promise.resolve(undefined));
  };

  it.each([
    [2 * gibibyte, 'ok', '2.0 GiB of 100.0 GiB free for DATA_DIR'],
    [gibibyte / 2, 'warning', 'Only 512 MiB of 100.0 GiB free for DATA_DIR: make room, or messages'],
    [1000, 'error', 'Only 1 MiB of 100.0 GiB free for DATA_DIR: make room, or messages'],
  ])('with %d bytes free', async (free, level, text) => {
    expect(await disk(free)).toEqual([{ level, text: expect.stringContaining(text) as string }]);
  });

  it('does without the size of a database that fails', async () => {
    const found = await checkDisk(readConfig({ DATA_DIR: tmpdir() }), surroundings, () => Promise.reject(new Error()));
    expect(found).toHaveLength(1);
  });

  it('reads the file system of this machine', async () => {
    const { free, total } = await surroundings.space(tmpdir());
    expect(free).toBeGreaterThan(0);
    expect(total).toBeGreaterThanOrEqual(free);
  });
});

describe('the check of TRUSTED_PROXIES', () => {
  const secret = { JWT_SECRET: 'of-the-tests-of-the-doctor-alone-here' };
  const published = { ...secret, PUBLIC_URL: 'https://site.example/chat' };
  const check = (environment: Record<string, string>) => checkTrustedProxies(readConfig(environment).http);

  it.each([
    [{}, 'ok', 'none is trusted'],
    [{ ...published, TRUSTED_PROXIES: '127.0.0.1' }, 'ok', '127.0.0.1'],
    [{ ...published, TRUSTED_PROXIES: '::1,10.0.0.0/8' }, 'ok', '::1, 10.0.0.0/8'],
    [{ ...published, HOST: '::', TRUSTED_PROXIES: '10.1.2.3,fd00::/48' }, 'ok', '10.1.2.3'],
    [published, 'warning', 'TRUSTED_PROXIES is empty, and PUBLIC_URL leads through a proxy'],
    [{ ...published, TRUSTED_PROXIES: '10.1.2.3' }, 'warning', 'add 127.0.0.1.'],
    [
      { ...secret, HOST: '::', TRUSTED_PROXIES: '0.0.0.0/1' },
      'warning',
      'TRUSTED_PROXIES has 0.0.0.0/1: every machine',
    ],
    [{ ...secret, HOST: '::', TRUSTED_PROXIES: '2000::/3' }, 'warning', 'TRUSTED_PROXIES has 2000::/3'],
  ])('%j', (environment, level, text) => {
    expect(check(environment)).toEqual([{ level, text: expect.stringContaining(text) as string }]);
  });
});
