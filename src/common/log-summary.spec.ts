import { LogSummary } from './log-summary.js';

describe('LogSummary', () => {
  let lines: string[];
  let timers: { callback: () => void; ms: number }[];
  let summary: LogSummary;
  beforeEach(() => {
    [lines, timers] = [[], []];
    const write = (kind: string, count: number) => lines.push(`${count} more: ${kind}`);
    summary = new LogSummary(write, 3, (callback, ms) => timers.push({ callback, ms }));
  });

  const add = (kind: string, times = 1) => {
    for (let time = 0; time < times; time++) summary.add(kind, () => lines.push(`first: ${kind}`));
  };
  const passMinute = () => {
    const due = timers.splice(0);
    expect(due.map(({ ms }) => ms)).toEqual(due.map(() => 60_000));
    for (const { callback } of due) callback();
    return lines.splice(0);
  };

  it('logs the first of each kind at once, and counts the others of a minute', () => {
    add('a', 1000);
    add('b');
    expect(lines.splice(0)).toEqual(['first: a', 'first: b']);
    expect(passMinute()).toEqual(['999 more: a']);
  });

  it('goes on counting while there are events, and starts anew after a minute without', () => {
    add('a', 2);
    lines.length = 0;
    expect(passMinute()).toEqual(['1 more: a']);
    add('a', 5);
    expect(passMinute()).toEqual(['5 more: a']);
    expect(passMinute()).toEqual([]);
    expect(timers).toEqual([]);
    add('a');
    expect(lines).toEqual(['first: a']);
  });

  it('has one timer, and none without events', () => {
    expect(timers).toEqual([]);
    add('a');
    add('b', 3);
    expect(timers).toHaveLength(1);
  });

  it('counts what is beyond its number of kinds as others', () => {
    for (let kind = 0; kind < 1000; kind++) add(`kind ${kind}`);
    expect(lines.splice(0)).toEqual(['first: kind 0', 'first: kind 1', 'first: kind 2']);
    expect(passMinute()).toEqual(['997 more: others']);
    expect(passMinute()).toEqual([]);
    add('kind 5');
    expect(lines).toEqual(['first: kind 5']);
  });

  it('logs the counts on demand', () => {
    add('a', 3);
    summary.flush();
    expect(lines).toEqual(['first: a', '2 more: a']);
    summary.flush();
    expect(lines).toHaveLength(2);
  });
});
