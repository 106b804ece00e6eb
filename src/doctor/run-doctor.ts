import { exitCodes, StartupError } from '../common/startup-error.js';
import { version } from '../common/version.js';
import type { Config } from '../config/config.js';
import { readConfig, readEnvironment } from '../config/read-config.js';
import { createInspector } from '../database/inspection/create-inspector.js';
import type { DatabaseInspector } from '../database/inspection/database-inspector.js';
import type { CheckResult, Surroundings } from './check.js';
import { basicChecks, configuredChecks } from './checks.js';
import { runChecks, worst } from './run-checks.js';
import { checkText, summaryText } from './text-report.js';

export const doctorHelp = `usage: npm run doctor [-- --json]

Checks this machine, the configuration, the database and the other servers, and says what to do. It changes nothing.
docs/doctor.md explains each check.

  --json  prints one JSON document
  --help, --version

Exit code: 0 when all is well or there are only warnings, 1 for a cross, 78 for a wrong configuration.`;

export interface DoctorOutput {
  json: boolean;
  hasColours: boolean;
  write: (text: string) => void;
}

/**
 * Runs all checks and prints what they have found.
 * @returns the exit code
 */
export async function runDoctor(output: DoctorOutput, surroundings: Surroundings): Promise<number> {
  const { environment, config, inspector, error } = prepare();
  const checks = basicChecks(environment, config ?? error, surroundings);
  if (inspector) checks.push(...configuredChecks(config, inspector, surroundings));
  const { json, hasColours, write } = output;
  const results = await runChecks(checks, surroundings.deadlineMs, (result) => {
    if (!json) write(checkText(result, hasColours));
  });
  write(json ? jsonText(results) : summaryText(results, config !== undefined));
  await inspector?.close();
  if (error) return exitCodes.configuration;
  return results.some(({ status }) => status === 'error') ? exitCodes.failure : 0;
}

type Environment = Record<string, string | undefined>;
type Prepared = { environment: Environment } & (
  | { config: Config; inspector: DatabaseInspector; error?: undefined }
  | { config?: undefined; inspector?: undefined; error: StartupError }
);

/** Reads the configuration, and the files that it names. */
function prepare(): Prepared {
  let environment: Environment = {};
  try {
    environment = readEnvironment();
    const config = readConfig(environment);
    return { environment, config, inspector: createInspector(config) };
  } catch (error) {
    if (!(error instanceof StartupError)) throw error;
    return { environment, error };
  }
}

function jsonText(results: CheckResult[]): string {
  const checks = results.map(({ name, status, findings }) => ({
    ...{ name, status },
    findings: findings.map(({ level, text, details }) => ({ status: level, text, ...(details && { details }) })),
  }));
  return `${JSON.stringify({ version, status: worst(results.map(({ status }) => status)), checks }, undefined, 2)}\n`;
}
