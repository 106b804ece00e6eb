import { failure, ok, skipped, warning } from '../common/finding.js';
import type { CheckResult } from './check.js';
import { checkText, summaryText } from './text-report.js';

const result = (findings: CheckResult['findings']): CheckResult => ({
  ...{ name: 'x', title: "Moodle's database", status: findings[0]?.level ?? 'ok', findings },
});

describe('the text of a check', () => {
  it('has a symbol for each finding, and the title once', () => {
    const findings = [ok('fine', ['A=1', 'B=2']), warning('not so good'), failure('bad'), skipped('off')];
    expect(checkText(result(findings), false)).toBe(
      [
        "✓ Moodle's database  fine",
        '                       A=1',
        '                       B=2',
        '⚠                    not so good',
        '✗                    bad',
        '-                    off',
        '',
      ].join('\n'),
    );
  });

  it('is at most 100 columns wide, and loses nothing', () => {
    const words = Array.from({ length: 60 }, (_, index) => 'w'.repeat(1 + ((index * 7) % 13)));
    const long = 'x'.repeat(250);
    const text = checkText(
      result([{ ...failure([...words, long].join(' ')), details: [long, words.join(' ')] }]),
      false,
    );
    const lines = text.trimEnd().split('\n');
    expect(Math.max(...lines.map((line) => line.length))).toBe(100);
    expect(text.replace(/[\s✗]|Moodle's database/g, '')).toBe([...words, long, long, ...words].join(''));
  });

  it('colours the symbol alone', () => {
    const escape = String.fromCharCode(27);
    const plain = (text: string) => text.replaceAll(new RegExp(`${escape}\\[\\d+m`, 'g'), '');
    const coloured = checkText(result([failure('bad')]), true);
    expect(coloured.startsWith(`${escape}[31m✗${escape}[39m `)).toBe(true);
    expect(plain(coloured)).toBe(checkText(result([failure('bad')]), false));
  });
});

it('the summary counts checks, and says what a wrong configuration leaves out', () => {
  const bad = result([failure('bad')]);
  const odd = result([warning('odd')]);
  expect(summaryText([result([ok('')])], true)).toBe('\nAll is well.\n');
  expect(summaryText([odd], true)).toBe('\n1 warning: docs/doctor.md explains each check.\n');
  expect(summaryText([bad, bad, odd, odd], false)).toBe(
    '\n2 crosses, 2 warnings: docs/doctor.md explains each check. The other checks need a right configuration.\n',
  );
});
