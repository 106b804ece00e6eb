import { readConfig } from '../../../src/config/read-config.js';
import { createInspector } from '../../../src/database/inspection/create-inspector.js';
import type { CheckResult, Surroundings } from '../../../src/doctor/check.js';
import { configuredChecks } from '../../../src/doctor/checks.js';
import { runChecks } from '../../../src/doctor/run-checks.js';
import { surroundings } from '../../../src/doctor/surroundings.js';

/** The results of the checks of this configuration by name, run in this process. */
export async function examine(
  environment: Record<string, string>,
  changes: Partial<Surroundings> = {},
): Promise<Record<string, CheckResult>> {
  const config = readConfig(environment);
  const inspector = createInspector(config);
  const around = { ...surroundings, ...changes };
  try {
    const results = await runChecks(configuredChecks(config, inspector, around), around.deadlineMs, () => undefined);
    return Object.fromEntries(results.map((result) => [result.name, result]));
  } finally {
    await inspector.close();
  }
}

/** The status, and the texts of all findings. */
export function said(result: CheckResult | undefined): [string | undefined, string] {
  return [result?.status, (result?.findings ?? []).map(({ text }) => text).join(' | ')];
}
