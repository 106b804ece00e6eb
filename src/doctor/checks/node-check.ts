import { failure, ok, warning, type Finding } from '../../common/finding.js';
import { supportedNode } from '../../common/version.js';
import type { Surroundings } from '../check.js';

/** The last day with security updates of each major version (github.com/nodejs/release). Odd ones get them for months. */
const endOfLife: Record<number, string> = {
  20: '2026-04-30',
  21: '2024-06-01',
  22: '2027-04-30',
  23: '2025-06-01',
  24: '2028-04-30',
  25: '2026-06-01',
  26: '2029-04-30',
};
const advice = 'Install the newest Node with long-term support (nodejs.org).';

export function checkNode({ nodeVersion, now }: Surroundings): Finding[] {
  if (!satisfies(nodeVersion, supportedNode)) {
    return [failure(`Node ${nodeVersion} is none of ${supportedNode}. ${advice}`)];
  }
  const lastDay = endOfLife[Number(nodeVersion.split('.')[0])];
  if (lastDay !== undefined && now() > Date.parse(lastDay)) {
    return [warning(`Node ${nodeVersion} has had no security updates since ${lastDay}. ${advice}`)];
  }
  return [ok(nodeVersion)];
}

/** @param ranges of the forms `^1.2.3` and `>=1.2.3`, separated by `||` */
export function satisfies(version: string, ranges: string): boolean {
  const found = parse(version);
  return ranges.split('||').some((range) => {
    const [, operator, text = ''] = /^\s*(\^|>=)(\d+\.\d+\.\d+)\s*$/.exec(range) ?? [];
    if (operator === undefined) throw new Error(`the range ${range} cannot be read`);
    const least = parse(text);
    if (operator === '^' && found[0] !== least[0]) return false;
    const [different = 0] = found.map((part, index) => part - (least[index] ?? 0)).filter((part) => part !== 0);
    return different >= 0;
  });
}

function parse(version: string): number[] {
  return version.split(/[.-]/, 3).map(Number);
}
