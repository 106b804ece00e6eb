import { shownValues } from './shown-values.js';

describe('the values that are shown', () => {
  it('are those that differ from the default', () => {
    expect(shownValues({})).toEqual([]);
    expect(shownValues({ PORT: '3000', HOST: '', LOG_LEVEL: 'debug', UNKNOWN: 'x' })).toEqual(['LOG_LEVEL=debug']);
  });

  it.each([
    [{ JWT_SECRET: 'hunter2' }, 'JWT_SECRET=***'],
    [{ JWT_PUBLIC_KEY: '-----BEGIN hunter2' }, 'JWT_PUBLIC_KEY=***'],
    [{ DATABASE_URL: 'mysql://chat:hunter2@db:3307/chats' }, 'DATABASE_URL=mysql://chat:***@db:3307/chats'],
    [{ DATABASE_URL: 'mariadb://a%40b:hun%2Fter2@db/chats' }, 'DATABASE_URL=mariadb://a%40b:***@db/chats'],
    [{ DATABASE_URL: 'mysql://chat:hunter2/@db/chats' }, 'DATABASE_URL=***'],
    [{ DATABASE_URL: 'hunter2' }, 'DATABASE_URL=***'],
    [{ IMPORT_FROM: 'hunter2' }, 'IMPORT_FROM=***'],
    [{ MOODLE_DATABASE_URL: ' mysql://u:hunter2@m/moodle?x' }, 'MOODLE_DATABASE_URL=***'],
    [{ MOODLE_URL: 'https://u:hunter2@moodle.example' }, 'MOODLE_URL=https://***@moodle.example'],
    [{ MOODLE_TOKEN_SECONDS: '60' }, 'MOODLE_TOKEN_SECONDS=60'],
    [{ JWT_ISSUER: 'a\nb' }, String.raw`JWT_ISSUER="a\nb"`],
  ])('have no secret: %j', (environment, shown) => {
    const lines = shownValues(environment);
    expect(lines).toEqual([shown]);
    expect(lines.join()).not.toContain('hunter2');
  });
});
