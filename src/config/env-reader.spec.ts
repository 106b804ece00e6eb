import { EnvReader } from './env-reader.js';

describe('EnvReader', () => {
  it('uses the default of a variable that is unset or empty', () => {
    const reader = new EnvReader({ HOST: '', PORT: undefined });
    expect(reader.text('HOST')).toBe('127.0.0.1');
    expect(reader.integer('PORT', 0, 65535)).toBe(3000);
    expect(reader.optional('JWT_ISSUER')).toBeUndefined();
    expect(reader.flag('MIGRATE_AT_START')).toBe(true);
    expect(reader.list('ALLOWED_HOSTS')).toEqual([]);
    expect(reader.problems).toEqual([]);
  });

  it('reads the value of each type', () => {
    const reader = new EnvReader({
      PORT: '0',
      JWT_ISSUER: 'moodle',
      MIGRATE_AT_START: 'false',
      ALLOWED_HOSTS: ' a, ,b,',
    });
    expect(reader.integer('PORT', 0, 65535)).toBe(0);
    expect(reader.optional('JWT_ISSUER')).toBe('moodle');
    expect(reader.flag('MIGRATE_AT_START')).toBe(false);
    expect(reader.list('ALLOWED_HOSTS')).toEqual(['a', 'b']);
  });

  it.each(['-1', '65536', '3e3', '0x10', '3000.0', ' 3000', '+3000', '٣', '99999999999999999999', 'x'])(
    'rejects %j as a whole number',
    (value) => {
      const reader = new EnvReader({ PORT: value });
      reader.integer('PORT', 0, 65535);
      expect(reader.problems).toEqual([`PORT must be a whole number from 0 to 65535, is ${JSON.stringify(value)}`]);
    },
  );

  it.each(['yes', '1', 'TRUE', 'true '])('rejects %j as a flag', (value) => {
    const reader = new EnvReader({ MIGRATE_AT_START: value });
    reader.flag('MIGRATE_AT_START');
    expect(reader.problems).toEqual([`MIGRATE_AT_START must be one of true, false, is ${JSON.stringify(value)}`]);
  });

  it('does not list the empty choice in the problem', () => {
    const reader = new EnvReader({ NODE_ENV: 'prod' });
    reader.oneOf('NODE_ENV', ['', 'production']);
    expect(reader.problems).toEqual(['NODE_ENV must be one of production, is "prod"']);
  });

  it('reports each problem on one short line', () => {
    const reader = new EnvReader({ LOG_LEVEL: `${'a'.repeat(39)}\nerror: all is well` });
    reader.oneOf('LOG_LEVEL', ['info']);
    expect(reader.problems).toEqual([`LOG_LEVEL must be one of info, is "${'a'.repeat(39)}\\n..."`]);
  });

  it('collects all problems in the order of reading', () => {
    const reader = new EnvReader({ PORT: 'x', LOG_LEVEL: 'y' });
    reader.oneOf('LOG_LEVEL', ['info']);
    reader.integer('PORT', 0, 1);
    reader.addProblem('HOST', 'is wrong');
    expect(reader.problems.map((problem) => problem.split(' ')[0])).toEqual(['LOG_LEVEL', 'PORT', 'HOST']);
  });
});
