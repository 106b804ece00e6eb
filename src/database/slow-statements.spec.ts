import { statementName } from './slow-statements.js';

describe('statementName', () => {
  it.each([
    ['SELECT a FROM writeassistdev_chat WHERE b = ?', 'SELECT writeassistdev_chat'],
    ['\n  select `a` from `writeassistdev_chat` `c`', 'SELECT writeassistdev_chat'],
    ['SELECT a FROM `chats`.`writeassistdev_chat`', 'SELECT writeassistdev_chat'],
    ['INSERT INTO writeassistdev_chat (content) VALUES (?)', 'INSERT writeassistdev_chat'],
    ['UPDATE writeassistdev_chat_owners FORCE INDEX (x) SET a = 1', 'UPDATE writeassistdev_chat_owners'],
    ['ALTER TABLE `writeassistdev_chat` ADD a INT', 'ALTER writeassistdev_chat'],
    ['COMMIT', 'COMMIT'],
    ['', ''],
  ])('%j is %s', (sql, name) => {
    expect(statementName(sql)).toBe(name);
  });
});
