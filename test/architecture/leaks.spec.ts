import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { findLeaks, readRun, type Secret } from '../support/run/leaks.mjs';
import { noteEnvironment, noteRequest, noteSecret, recordLog } from '../support/run/run-record.js';
import SummaryReporter from '../support/run/summary-reporter.mjs';

const token = 'eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIyIn0.c2lnbmF0dXJlLW9mLWl0';
const secrets: Secret[] = [
  { kind: 'token', value: token },
  { kind: 'token', value: '2eswizBaBL' },
  { kind: 'cookie', value: 'rf1v7c2kq0' },
  { kind: 'secret', value: 'hunter2hunter2' },
  { kind: 'text', value: 'He said "no"\nand left' },
  { kind: 'text', value: 'short' },
  { kind: 'text', value: 'xxxxxxxxxxxxxxxx' },
];
const line = (more: object) => JSON.stringify({ level: 30, msg: 'request', route: '/livez', status: 200, ...more });

describe('findLeaks', () => {
  it.each<[string, object | string, string]>([
    ['a token', { msg: `Bearer ${token}` }, 'token'],
    ['a token that no test has recorded', { url: '/x?token=eyJhbGciOiJub25lIn0.eyJzdWIiOiI5In0.' }, 'token'],
    ["a token's payload", { payload: 'eyJzdWIiOiIyIn0' }, 'token'],
    ["a token's signature", { signature: 'c2lnbmF0dXJlLW9mLWl0' }, 'token'],
    ['a sesskey', { error: { message: 'sesskey=2eswizBaBL&cmid=1' } }, 'token'],
    ['a cookie', { headers: { cookie: ['MoodleSession=rf1v7c2kq0'] } }, 'cookie'],
    ['a password in a line that is no JSON', 'error: mysql://chats:hunter2hunter2@localhost', 'secret'],
    ['a text that JSON escapes', { sql: 'INSERT … He said "no"\nand left' }, 'text'],
  ])('finds %s', (_, planted, kind) => {
    const leaking = typeof planted === 'string' ? planted : line(planted);
    const leaks = findLeaks([line({}), leaking, line({ status: 404 })], secrets);
    expect(leaks).toContainEqual({ kind, line: leaking });
    expect(leaks.every((leak) => leak.line === leaking)).toBe(true);
  });

  it('finds nothing in lines without secrets', () => {
    expect(findLeaks([line({}), line({ status: 404 }), 'error: short'], secrets)).toEqual([]);
    expect(findLeaks([line({ requestId: 'x'.repeat(64) })], secrets)).toEqual([]);
    expect(findLeaks([], secrets)).toEqual([]);
  });
});

describe('the record of a run', () => {
  const { TEST_RUN_FOLDER: real } = process.env;
  let folder: string;

  beforeEach(() => {
    folder = process.env.TEST_RUN_FOLDER = mkdtempSync(join(tmpdir(), 'chat-run-'));
  });
  afterEach(() => {
    process.env.TEST_RUN_FOLDER = real;
    rmSync(folder, { recursive: true });
  });
  const reported = () => {
    const reporter = new SummaryReporter();
    reporter.onRunComplete([], { numPendingTests: 0, numTodoTests: 0 });
    return reporter.getLastError()?.message;
  };

  it('keeps the lines of the logs, and only the first of equal ones', () => {
    recordLog(`${line({ time: 1, ms: 0.4 })}\n${line({ time: 2, ms: 12 })}\n`);
    recordLog(line({ time: 3, status: 500 }));
    expect(readRun(folder).lines).toEqual([line({ time: 1, ms: 0.4 }), line({ time: 3, status: 500 })]);
  });

  it('has the secrets that are sent, and the beginning of long texts', () => {
    noteRequest({ authorization: 'Bearer a.b.c', cookie: 'one=first; two=second' }, { content: 'y'.repeat(50) });
    noteRequest({}, 'action=append_message&sesskey=in-a-form&content=typed');
    noteRequest({}, '{"title":"in JSON"}');
    noteEnvironment({ JWT_SECRET: 'of the server', DATABASE_URL: 'mysql://chats:p%40ss@localhost/chats' });
    noteSecret('token', undefined);
    expect(readRun(folder).secrets.map(({ kind, value }) => `${kind} ${value}`)).toEqual([
      'token a.b.c',
      'cookie first',
      'cookie second',
      `text ${'y'.repeat(32)}`,
      'token in-a-form',
      'text typed',
      'text in JSON',
      'secret of the server',
      'secret p@ss',
    ]);
  });

  it('makes the run fail when a line has one of the secrets', () => {
    noteSecret('text', 'What nobody may read');
    recordLog(line({ status: 201 }));
    expect(reported()).toBeUndefined();
    recordLog(line({ msg: 'saved: What nobody may read' }));
    expect(reported()).toBe('log lines with secrets: 1');
  });
});
