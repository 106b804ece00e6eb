import { parseHistory } from './project-history.js';

const at = '2025-10-22T10:00:00.000Z';
const read = (...chatHistory: unknown[]) => parseHistory(JSON.stringify({ chatHistory }));

describe('parseHistory', () => {
  it('gives an entry without a time that of the previous entry, or of the next one at the start', () => {
    const none = { role: 'user', content: 'x' };
    const times = read(none, { ...none, timestamp: at }, none, { ...none, timestamp: '2025-10-22T11:00:00Z' }, none);
    const [ten, eleven] = [Date.parse(at), Date.parse(at) + 3_600_000];
    expect(times.map(({ time }) => time)).toEqual([ten, ten, ten, eleven, eleven]);
    expect(read(none).map(({ time }) => time)).toEqual([undefined]);
  });

  it.each<[unknown, number | undefined]>([
    [at, Date.parse(at)],
    ['2025-10-22 10:00:00', Date.parse(at)],
    ['2025-10-22T10:00', Date.parse(at)],
    [Date.parse(at), Date.parse(at)],
    [Date.parse(at) / 1000, Date.parse(at)],
    [String(Date.parse(at) / 1000), Date.parse(at)],
    ['yesterday', undefined],
    [{}, undefined],
  ])('reads the time %j', (timestamp, time) => {
    expect(read({ role: 'user', content: 'x', timestamp })[0]?.time).toBe(time);
  });

  it('keeps the ids of entries when others are added, or removed at the front', () => {
    const entry = (content: string, timestamp?: string) => ({ role: 'user', content, timestamp });
    const equal = entry('equal', at);
    const before = read(entry('first'), equal, entry('b'), equal).map(({ rowId }) => rowId);
    expect(new Set(before).size).toBe(4);
    const after = read(equal, entry('b'), equal, entry('c')).map(({ rowId }) => rowId);
    expect(after.slice(0, 3)).toEqual(before.slice(1));
    expect(before).not.toContain(after[3]);
  });

  it('accepts an object, as PHP encodes an array with gaps', () => {
    const content = JSON.stringify({
      chatHistory: { 0: { role: 'user', content: 'a' }, 2: { role: 'user', content: 'b' } },
    });
    expect(parseHistory(content).map((entry) => entry.content)).toEqual(['a', 'b']);
  });

  it('gives the problem of each invalid entry', () => {
    const entries = read('text', null, { role: 'user' }, { content: 'x' }, { role: 'user', content: 1 });
    expect(entries.map(({ problem }) => problem)).toEqual([
      'it is not a message',
      'it is not a message',
      'its content is missing or not a text',
      'its role is missing or not a text',
      'its content is missing or not a text',
    ]);
  });

  it.each([['{}'], ['[]'], ['null'], ['{"chatHistory":null}'], ['{"chatHistory":[]}']])(
    'finds no entries in %s',
    (content) => {
      expect(parseHistory(content)).toEqual([]);
    },
  );

  it.each([
    ['{', 'its content is not JSON'],
    ['{"chatHistory":"x"}', 'its chatHistory is not a list'],
  ])('rejects %s', (content, message) => {
    expect(() => parseHistory(content)).toThrow(message);
  });
});
