import { StartupError } from '../common/startup-error.js';
import { readCopyOptions } from './copy-options.js';

const url = 'mysql://user:hunter2@127.0.0.1/chats';

describe('the options of the copy', () => {
  it.each([
    [['--from', 'data', '--to', url], undefined, '--to'],
    [['--from=data'], url, 'DATABASE_URL'],
    [['--from', 'data', '--to', ''], url, 'DATABASE_URL'],
    [['--to', url, '--from', 'data'], 'mysql://other:x@127.0.0.1/other', '--to'],
  ])('%j with DATABASE_URL %s', (args, variable, toName) => {
    expect(readCopyOptions(args, variable)).toEqual({ from: 'data', to: url, toName });
  });

  it.each<[string[], string | undefined, string]>([
    [[], url, '--from must be the DATA_DIR of a stopped server, or a backup of its database file'],
    [['--from', ''], url, '--from must be the DATA_DIR'],
    [['--from'], url, "Option '--from <value>' argument missing"],
    [
      ['--from', url, '--to', url],
      undefined,
      '--from must be a folder or a file: only SQLite is copied, and to MariaDB',
    ],
    [['--from', 'data'], undefined, '--to, or the variable DATABASE_URL, must name a database on MariaDB or MySQL'],
    [['--from', 'data', '--to', './other'], url, '--to is not a mysql:// or mariadb:// URL'],
    [['--from', 'data', '--to', 'sqlite:///hunter2'], url, '--to is not a mysql:// or mariadb:// URL'],
    [['--from', 'data', '--to', 'mysql://u:hunter2@host/'], url, '--to must name one database'],
    [['--from', 'data'], 'mysql://u:hunter2@host/', 'DATABASE_URL must name one database'],
    [['data', url], undefined, 'arguments without an option are not allowed'],
    [['--from', 'data', `--${url}`], undefined, 'an option is unknown'],
    [['--from', 'data', '--force'], url, "Unknown option '--force'"],
  ])('%j with DATABASE_URL %s: %s', (args, variable, line) => {
    const read = () => readCopyOptions(args, variable);
    expect(read).toThrow(StartupError);
    expect(read).toThrow(line);
    expect(read).not.toThrow(/hunter2/);
  });
});
