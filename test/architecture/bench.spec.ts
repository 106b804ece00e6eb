import type { Run } from '../../bench/measure.js';
import { compare, median } from '../../bench/pairs.js';
import { missedBars, toMarkdown } from '../../bench/report.js';

function run(target: string, perSecond: number, appUs: number): Run {
  return { target, perSecond, p50: 1, p99: 2, appUs, databaseUs: 100 };
}

describe('the benchmark', () => {
  const pairs = [
    { base: run('bare', 1000, 100), target: run('app', 700, 150) },
    { base: run('bare', 1000, 100), target: run('app', 500, 300) },
    { base: run('bare', 1000, 100), target: run('app', 600, 200) },
  ];

  it('compares each pair, and takes the median', () => {
    const { speed, cpu } = compare('save', pairs);
    expect(speed).toEqual({ median: 0.6, min: 0.5, max: 0.7 });
    expect(cpu).toEqual({ median: 200 / 300, min: 0.5, max: 0.8 });
    expect(median([4, 1, 3, 2])).toBe(2.5);
  });

  it('names what is below its bar, and nothing else', () => {
    const missed = missedBars({
      'app/bare': [compare('save', pairs), compare('no bar', pairs)],
      'app/obvious': [compare('save', [{ base: run('obvious', 100, 900), target: run('app', 500, 100) }])],
    });
    expect(missed).toEqual(['app/bare, save: speed 0.60, not 0.65', 'app/bare, save: CPU 0.67, not 0.7']);
  });

  it('prints medians and ranges, and says what is inconclusive', () => {
    const text = toMarkdown({ 'app/bare': [{ ...compare('save', pairs), isConclusive: false }] });
    expect(text).toContain('### app/bare');
    expect(text).toContain('| save (inconclusive) | 0.60 (0.50 to 0.70) | 0.65 | 0.67 (0.50 to 0.80) | 0.7 |');
    expect(text).toContain('200 + 100 µs | 100 + 100 µs | 2 / 2 |');
  });
});
