import { StartupError } from '../common/startup-error.js';
import { readImportOptions } from './import-options.js';

const from = 'mysql://reader:hunter2@db.example.org/moodle';

const refusal = (args: string[], sourceUrl?: string): string[] => {
  try {
    readImportOptions(args, sourceUrl);
  } catch (error) {
    if (error instanceof StartupError && error.exitCode === 78) return error.lines;
    throw error;
  }
  throw new Error('accepted');
};

describe('readImportOptions', () => {
  it('takes the source from --from, or from the variable', () => {
    const source = { host: 'db.example.org', database: 'moodle', password: 'hunter2' };
    expect(readImportOptions(['--from', from], 'mysql://other/x').from).toMatchObject(source);
    expect(readImportOptions([], from).from).toMatchObject(source);
  });

  it.each([
    [[], undefined, '--from, or the variable IMPORT_FROM, must name the database of the Moodle'],
    [[], '', '--from, or the variable IMPORT_FROM, must name the database of the Moodle'],
    [['--from', ''], from, '--from, or the variable IMPORT_FROM, must name the database of the Moodle'],
    [[], 'postgres://u:hunter2@h/d', 'IMPORT_FROM is not a mysql:// or mariadb:// URL'],
    [['--from', 'postgres://u:hunter2@h/d'], from, '--from is not a mysql:// or mariadb:// URL'],
  ])('names what is wrong with %j and IMPORT_FROM=%s', (args, variable, message) => {
    const lines = refusal(args, variable);
    expect(lines[0]).toContain(message);
    expect(lines.join('\n')).not.toContain('hunter2');
  });

  it.each([
    [[], 'mdl_'],
    [['--prefix', 'm2_'], 'm2_'],
    [['--prefix', 'none'], ''],
    [['--prefix', ''], ''],
  ])('reads the prefix in %j', (args, prefix) => {
    expect(readImportOptions(args, from).prefix).toBe(prefix);
  });
});
