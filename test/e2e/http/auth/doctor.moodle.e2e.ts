import mysql2 from 'mysql2/promise';
import { examine, said } from '../../../support/doctor/examine.js';
import { deadUrl } from '../../../support/legacy/upstream.js';
import { MoodleStandIn } from '../../../support/moodle/moodle-site.js';

let moodle: MoodleStandIn;
let settings: Record<string, string>;

beforeAll(async () => {
  moodle = await MoodleStandIn.start([
    [12, 'writeassistdev', 3],
    [13, 'writeassistdev', 4],
    [14, 'forum', 1],
  ]);
  const own = { PORT: '0', DATA_DIR: '/nonexistent', JWT_SECRET: 'of-the-tests-of-the-doctor-and-Moodle' };
  settings = { ...own, ...moodle.environment };
});
beforeEach(() => {
  moodle.reset();
});
afterAll(() => moodle.stop());

const check = async (name: string, changes: Record<string, string> = {}) =>
  said((await examine({ ...settings, ...changes }))[name]);

it("is in order when Moodle refuses a login that is nobody's, and has the plugin", async () => {
  const [status, text] = await check('moodle_urls');
  expect([status, text]).toEqual(['ok', expect.stringMatching(/^MOODLE_URL .* \| MOODLE_AJAX_URL .* answers checks/)]);
  expect(moodle.questions()).toEqual(['access', 'login']);
  expect(await check('moodle_database')).toEqual(['ok', '2 activities of writeassistdev']);
});

it('names the URL that does not answer as Moodle does', async () => {
  moodle.service = (response) => response.writeHead(200).end('<html>Welcome</html>');
  moodle.ajax = (response) => response.writeHead(500).end();
  expect(await check('moodle_urls')).toEqual([
    'error',
    expect.stringMatching(/MOODLE_URL \(.*answered the login check with status 200.* \| MOODLE_AJAX_URL .*status 500/),
  ]);
  const dead = await deadUrl();
  expect(await check('moodle_urls', { MOODLE_URL: dead })).toEqual(['error', expect.stringContaining('ECONNREFUSED')]);
});

it('does not take for Moodle what accepts everybody', async () => {
  moodle.ajax = (response) => response.writeHead(200).end('{"success":true}');
  expect(await check('moodle_urls')).toEqual(['error', expect.stringContaining("accepts a login that is nobody's")]);
});

it('names what is wrong with the database', async () => {
  expect(await check('moodle_database', { MOODLE_DB_PREFIX: 'm_' })).toEqual([
    'error',
    'There is no table m_modules or m_course_modules: check MOODLE_DB_PREFIX and the database.',
  ]);
  const other = { MOODLE_AJAX_URL: `${moodle.url}/mod/other/ajax.php` };
  expect(await check('moodle_database', other)).toEqual([
    'error',
    'The table mdl_modules has no plugin other: check the path of MOODLE_AJAX_URL.',
  ]);
  const url = new URL(settings.MOODLE_DATABASE_URL ?? '');
  url.password = 'hunter2hunter2';
  url.username = 'nobody_there';
  const [status, text] = await check('moodle_database', { MOODLE_DATABASE_URL: url.href });
  expect([status, text]).toEqual(['error', expect.stringContaining('refuses the user "nobody_there"')]);
  expect(text).not.toContain('hunter2');
});

it('names a missing grant', async () => {
  const url = new URL(settings.MOODLE_DATABASE_URL ?? '');
  const root = await mysql2.createConnection(url.href);
  const name = url.pathname.slice(1);
  await root.query(`CREATE USER half@'%' IDENTIFIED BY 'half-a-right'`);
  await root.query(`GRANT SELECT ON ${name}.mdl_modules TO half@'%'`);
  [url.username, url.password] = ['half', 'half-a-right'];
  try {
    expect(await check('moodle_database', { MOODLE_DATABASE_URL: url.href })).toEqual([
      'error',
      'The user of MOODLE_DATABASE_URL may not read: GRANT SELECT on mdl_modules and mdl_course_modules.',
    ]);
  } finally {
    await root.query(`DROP USER half@'%'`);
    await root.end();
  }
});

it('is left out without AUTH=moodle', async () => {
  expect(await check('moodle_urls', { AUTH: 'jwt' })).toEqual(['skipped', 'AUTH=moodle is not set']);
  expect(await check('moodle_database', { AUTH: 'jwt' })).toEqual(['skipped', 'AUTH=moodle is not set']);
});
