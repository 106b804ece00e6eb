import { readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { parseEnv } from 'node:util';
import { SignJWT } from 'jose';
import { rawCall } from '../support/rest/raw.js';
import { noteSecret } from '../support/run/run-record.js';
import { recipe, siteName } from '../support/process/docs-snippets.js';
import { DocumentedDatabase, chatsUrl, startOfServer } from '../support/process/documented-database.js';
import { endPrograms, newFolder } from '../support/process/program.js';
import { ServerProcess, logOf } from '../support/process/server.js';

describe('the first way of docs/moodle.md', () => {
  let database: DocumentedDatabase;
  let server: ServerProcess;
  let secret: string;

  beforeAll(async () => {
    database = await DocumentedDatabase.create();
    const block = recipe('sh', 'umask 077', 'NODE_ENV=production\nJWT_SECRET=', {
      [chatsUrl]: database.chats,
      'node dist/src/main.js': startOfServer,
    });
    expect(block).not.toContain('AUTH=moodle');
    server = await ServerProcess.start({}, newFolder(), ['sh', '-ec', block]);
    secret = parseEnv(readFileSync(join(server.folder, '.env'), 'utf8')).JWT_SECRET ?? '';
    noteSecret('secret', secret);
  }, 60_000);
  afterAll(async () => {
    await endPrograms();
    await database.drop();
  });

  it('starts a server in production on MariaDB, with a secret that only its user can read', () => {
    expect(Buffer.from(secret, 'base64')).toHaveLength(48);
    expect(statSync(join(server.folder, '.env')).mode & 0o777).toBe(0o600);
    expect(server.program.stdout).not.toContain('Paste this');
    expect(logOf(server.program).filter(({ level }) => level > 30)).toEqual([]);
  });

  it("accepts tokens with the claims of the plugin's page", async () => {
    const php = recipe('php', '$token', '\\Firebase\\JWT\\JWT::encode([');
    const names = [...php.matchAll(/'(\w+)' =>/g)].map(([, name]) => name);
    expect(names).toEqual(['sub', 'activity', 'cmid', 'iat', 'exp']);
    const now = Math.floor(Date.now() / 1000);
    const claims = { sub: '3', activity: 7, cmid: 12, iat: now, exp: now + 8 * 3600 };
    const token = await new SignJWT(claims).setProtectedHeader({ alg: 'HS256', typ: 'JWT' }).sign(Buffer.from(secret));
    const headers = { host: siteName, authorization: `Bearer ${token}` };
    const { status } = await rawCall(server.url, '/api/v1/sessions', { method: 'POST', headers });
    expect(status).toBe(201);
  });
});
