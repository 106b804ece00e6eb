import type { Parameter } from '../../database/sql/sql-client.js';
import { StartupError } from '../../common/startup-error.js';
import { RowCheck, type CheckedColumn } from './row-check.js';

const plain = { length: '', isNullable: false, isGenerated: false };
const columns: CheckedColumn[] = [
  { ...plain, databaseName: 'id', type: 'bigint', isGenerated: true },
  { ...plain, databaseName: 'userid', type: 'int' },
  { ...plain, databaseName: 'timestamp', type: 'bigint' },
  { ...plain, databaseName: 'session', type: 'varchar', length: '50', charset: 'ascii', isNullable: true },
  { ...plain, databaseName: 'title', type: 'varchar', length: '255' },
  { ...plain, databaseName: 'role', type: 'simple-enum', enum: ['user', 'system'] },
  { ...plain, databaseName: 'content', type: 'mediumtext' },
  { ...plain, databaseName: 'pinned', type: 'tinyint' },
  { ...plain, databaseName: 'metadata', type: 'text' },
  { ...plain, databaseName: 'folded', type: 'varbinary', length: '2048', isNullable: true },
];
const names = columns.map(({ databaseName }) => databaseName);
const valid: Parameter[] = [1, 2, 0, 'abc', 'title', 'user', 'text', 0, '{}', ' text '];

function assertStorable(column: string, value: Parameter, maxTextBytes = Infinity): void {
  const table = { name: 'chat', columns: names, key: ['id'], hasGeneratedId: true };
  new RowCheck(table, columns, maxTextBytes).assertStorable(valid.with(names.indexOf(column), value));
}

describe('a row', () => {
  it.each<[string, Parameter]>([
    ['id', 9_007_199_254_740_991],
    ['userid', 0],
    ['userid', 4_294_967_295],
    ['timestamp', -1],
    ['timestamp', '-9223372036854775808'],
    ['timestamp', '9007199254740993'],
    ['session', null],
    ['session', ''],
    ['session', ' a b~'],
    ['session', 'x'.repeat(50)],
    ['title', '👨'.repeat(255)],
    ['title', ' \0 '],
    ['content', ' '],
    ['content', '€'.repeat(5_592_405)],
    ['pinned', 1],
    ['metadata', '€'.repeat(21_845)],
    ['folded', '€'.repeat(682)],
    ['folded', null],
  ])('with %s %j is storable', (column, value) => {
    expect(() => {
      assertStorable(column, value);
    }).not.toThrow();
  });

  const integers = 'must be a whole number from';
  it.each<[string, Parameter, string]>([
    ['id', 0, `chat (id 0) as it is: id ${integers} 1 to 9007199254740991`],
    ['id', -1, `${integers} 1 to`],
    ['id', '9007199254740992', `${integers} 1 to`],
    ['userid', -1, `chat (id 1) as it is: userid ${integers} 0 to 4294967295`],
    ['userid', 4_294_967_296, integers],
    ['timestamp', 1.5, `timestamp ${integers} -9223372036854775808 to 9223372036854775807`],
    ['timestamp', Infinity, integers],
    ['timestamp', 1e18, integers],
    ['timestamp', 'yesterday', integers],
    ['timestamp', '', integers],
    ['timestamp', '0000000000000012', integers],
    ['timestamp', '9223372036854775808', integers],
    ['timestamp', null, 'timestamp must not be NULL'],
    ['session', 'abc ', 'session must be at most 50 ASCII characters, without control characters and without a space'],
    ['session', ' ', 'session must be'],
    ['session', 'a\tb', 'session must be'],
    ['session', 'a\n', 'session must be'],
    ['session', 'ü', 'session must be'],
    ['session', 'x'.repeat(51), 'session must be'],
    ['title', '👨'.repeat(256), 'title must be a text of at most 255 characters'],
    ['role', 'User', 'role must be one of user, system'],
    ['content', `x${'€'.repeat(5_592_405)}`, 'content must be a text of at most 16777215 bytes'],
    ['pinned', 2, 'pinned must be a whole number from 0 to 1'],
    ['metadata', `x${'€'.repeat(21_845)}`, 'metadata must be a text of at most 65535 bytes'],
    ['folded', `xxx${'€'.repeat(682)}`, 'folded must be a text of at most 2048 bytes'],
  ])('with %s %.60j is refused', (column, value, line) => {
    const check = () => {
      assertStorable(column, value);
    };
    expect(check).toThrow(StartupError);
    expect(check).toThrow(line);
  });

  it('with a text that no statement to the target can have is refused', () => {
    const check = () => {
      assertStorable('content', '€'.repeat(400), 1199);
    };
    expect(check).toThrow('chat (id 1) has a text of 1200 bytes: max_allowed_packet of the target is too small');
    expect(() => {
      assertStorable('content', '€'.repeat(400), 1200);
    }).not.toThrow();
  });
});
