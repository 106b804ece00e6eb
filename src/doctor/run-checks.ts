import { serializeError } from '../common/error-serializer.js';
import { failure, type Finding, type FindingLevel } from '../common/finding.js';
import { StartupError } from '../common/startup-error.js';
import { withTimeout } from '../common/with-timeout.js';
import type { Check, CheckResult, Lane } from './check.js';

const levels: FindingLevel[] = ['skipped', 'ok', 'warning', 'error'];

/**
 * Runs all checks. One that fails becomes a finding, and one that hangs is left alone at its deadline.
 * @param report called for each check in their order, as soon as it and all before it have ended
 */
export async function runChecks(
  checks: Check[],
  deadlineMs: number,
  report: (result: CheckResult) => void,
): Promise<CheckResult[]> {
  const lanes = new Map<Lane, Promise<unknown>>();
  const running = checks.map((check) => {
    const before = lanes.get(check.lane) ?? Promise.resolve();
    const result = before.then(() => runCheck(check, deadlineMs));
    lanes.set(check.lane, result);
    return result;
  });
  const results: CheckResult[] = [];
  for (const result of running) {
    const ended = await result;
    results.push(ended);
    report(ended);
  }
  return results;
}

async function runCheck({ name, title, run }: Check, deadlineMs: number): Promise<CheckResult> {
  const tooLate = () => [
    failure(`No result within ${deadlineMs / 1000} s: what it asks hangs, or a firewall drops the packets.`),
  ];
  const findings = await withTimeout(deadlineMs, attempt(run), tooLate);
  return { name, title, status: worst(findings.map(({ level }) => level)), findings };
}

async function attempt(run: Check['run']): Promise<Finding[]> {
  try {
    return await run();
  } catch (error) {
    return toFindings(error);
  }
}

/** The lines of a StartupError; of other errors, whose messages may quote data, the kind. */
export function toFindings(error: unknown): Finding[] {
  if (error instanceof StartupError) return error.lines.map(failure);
  const { type, code, errno } = serializeError(error);
  const kind = [type, code, errno].filter((part) => part !== undefined).join(' ');
  return [failure(`The check itself failed (${kind}). Please report it.`)];
}

export function worst(all: FindingLevel[]): FindingLevel {
  return levels[Math.max(0, ...all.map((level) => levels.indexOf(level)))] ?? 'skipped';
}
