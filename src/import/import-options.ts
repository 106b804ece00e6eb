import { parseIsoTime } from '../common/iso-time.js';
import { parseSecretArguments } from '../common/secret-arguments.js';
import { StartupError, exitCodes } from '../common/startup-error.js';
import type { MysqlConnection } from '../config/config.js';
import { parseDatabaseUrl } from '../config/database-url.js';
import { parseId } from '../owners/owner.js';
import { pluginNames, type ImportFilter, type PluginName } from './source/plugin-types.js';

const usage =
  'usage: npm run -s import:moodle -- --from mysql://user:password@host:3306/moodle [--prefix mdl_] [--module writeassistdev|researchflow] [--activity <id>] [--user <id>] [--since <ISO 8601 time>] [--dry-run] [--verify [--acknowledge|--withdraw]] [--json]';
export const importHelp = `${usage}

Imports the chats of a Moodle into the database of this service. Moodle's database is only read. A second run adds what
is new.

  --from <url>      Moodle's database; or in the variable IMPORT_FROM, which other users of the machine cannot see
  --prefix <text>   prefix of Moodle's tables, or none; mdl_ by default
  --module <name>   plugin to import from, where both are installed: writeassistdev or researchflow
  --activity <id>   import this activity only
  --user <id>       import this user only
  --since <time>    import messages from this time on; a day, or an ISO 8601 time with zone
  --dry-run         write nothing, and report what an import would do
  --verify          import nothing, and compare source and target
  --acknowledge     with --verify: pass over the differences that there are now from now on
  --withdraw        with --verify: forget what was acknowledged
  --json            report as JSON
  --help, --version`;

export interface ImportOptions {
  from: MysqlConnection;
  prefix: string;
  module: PluginName | undefined;
  filter: ImportFilter;
  dryRun: boolean;
  verify: boolean;
  /** What becomes of acknowledged differences before the verification. */
  acknowledgement: 'keep' | 'renew' | 'withdraw';
  json: boolean;
}

/**
 * Parses the command line.
 * @param args the arguments after the command's name
 * @param sourceUrl the variable IMPORT_FROM, the default of `--from`: other users of the machine see command lines
 * @throws StartupError exit code 78
 */
export function readImportOptions(args: string[], sourceUrl: string | undefined): ImportOptions {
  const { from, prefix, module, activity, user, since, ...flags } = parse(args);
  if (!/^\w{0,30}$/.test(prefix)) throw usageError('--prefix must be letters, digits and _');
  const known = pluginNames.find((name) => name === module);
  if (module !== undefined && known === undefined) throw usageError(`--module must be ${pluginNames.join(' or ')}`);
  const filter = {
    activityId: parseIdOption('activity', activity),
    userId: parseIdOption('user', user),
    since: parseSince(since),
  };
  const { 'dry-run': dryRun, verify, json } = flags;
  const acknowledgement = readAcknowledgement(flags);
  return {
    from: from === undefined ? parseConnection('IMPORT_FROM', sourceUrl) : parseConnection('--from', from),
    prefix: prefix === 'none' ? '' : prefix,
    ...{ module: known, filter, dryRun, verify, acknowledgement, json },
  };
}

function readAcknowledgement({
  'dry-run': dryRun,
  verify,
  acknowledge,
  withdraw,
}: Record<'dry-run' | 'verify' | 'acknowledge' | 'withdraw', boolean>) {
  if (!acknowledge && !withdraw) return 'keep';
  const option = acknowledge ? '--acknowledge' : '--withdraw';
  if (!verify) throw usageError(`${option} needs --verify`);
  if (dryRun) throw usageError(`--dry-run and ${option} exclude each other: ${option} writes`);
  if (acknowledge && withdraw) throw usageError('--acknowledge and --withdraw exclude each other: give one of them');
  return acknowledge ? 'renew' : 'withdraw';
}

function parse(args: string[]) {
  const string = { type: 'string' } as const;
  const flag = { type: 'boolean', default: false } as const;
  const options = {
    from: string,
    prefix: { ...string, default: 'mdl_' },
    module: string,
    activity: string,
    user: string,
    since: string,
    'dry-run': flag,
    verify: flag,
    acknowledge: flag,
    withdraw: flag,
    json: flag,
  };
  return parseSecretArguments(args, options, usageError);
}

/** @param name of the option or variable */
function parseConnection(name: string, url = ''): MysqlConnection {
  if (url === '') throw usageError('--from, or the variable IMPORT_FROM, must name the database of the Moodle');
  const parsed = parseDatabaseUrl(url);
  if (typeof parsed === 'string') throw usageError(`${name} ${parsed}`);
  return parsed;
}

function parseIdOption(name: string, text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  const value = parseId(text);
  if (value === undefined) throw usageError(`--${name} must be a number from 1 to 4294967295`);
  return value;
}

function parseSince(text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  const value = parseIsoTime(/^\d{4}-\d\d-\d\d$/.test(text) ? `${text}T00:00:00Z` : text);
  if (value === undefined)
    throw usageError('--since must be a day or an ISO 8601 time with zone, like 2026-11-22T08:00:00Z');
  return value;
}

function usageError(problem: string): StartupError {
  return new StartupError([problem, usage], exitCodes.configuration);
}
