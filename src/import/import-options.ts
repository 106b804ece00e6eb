import { parseArgs } from 'node:util';
import { parseIsoTime } from '../common/iso-time.js';
import { StartupError, exitCodes } from '../common/startup-error.js';
import type { MysqlConnection } from '../config/config.js';
import { parseDatabaseUrl } from '../config/database-url.js';
import { parseId } from '../owners/owner.js';
import { pluginNames, type ImportFilter, type PluginName } from './source/plugin-types.js';

const usage =
  'usage: npm run -s import:moodle -- --from mysql://user:password@host:3306/moodle [--prefix mdl_] [--module writeassistdev|researchflow] [--activity <id>] [--user <id>] [--since <ISO 8601 time>] [--dry-run] [--verify] [--json]';

export interface ImportOptions {
  from: MysqlConnection;
  prefix: string;
  module: PluginName | undefined;
  filter: ImportFilter;
  dryRun: boolean;
  verify: boolean;
  json: boolean;
}

/**
 * @param variable the address of the source where no option gives it: other users of a machine see its command lines
 * @throws StartupError exit code 78
 */
export function readImportOptions(given: string[], variable: string | undefined): ImportOptions {
  const { from = variable, prefix, module, activity, user, since, ...flags } = parse(given);
  if (from === undefined) throw wrong('--from, or the variable IMPORT_FROM, must name the database of the Moodle');
  if (!/^\w{0,30}$/.test(prefix)) throw wrong('--prefix must be letters, digits and _');
  const known = pluginNames.find((name) => name === module);
  if (module !== undefined && known === undefined) throw wrong(`--module must be ${pluginNames.join(' or ')}`);
  const filter = { activityId: id('activity', activity), userId: id('user', user), since: time(since) };
  const { verify, json } = flags;
  return { from: address(from), prefix, module: known, filter, dryRun: flags['dry-run'], verify, json };
}

function parse(given: string[]) {
  const text = { type: 'string' } as const;
  const flag = { type: 'boolean', default: false } as const;
  try {
    return parseArgs({
      args: given,
      options: {
        from: text,
        prefix: { ...text, default: 'mdl_' },
        module: text,
        activity: text,
        user: text,
        since: text,
        'dry-run': flag,
        verify: flag,
        json: flag,
      },
    }).values;
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    // Its words quote what was given: an address without its option has a password.
    if (code === 'ERR_PARSE_ARGS_UNEXPECTED_POSITIONAL') throw wrong('everything must be given by an option');
    throw wrong(message.split('\n', 1)[0] ?? '');
  }
}

function address(text: string): MysqlConnection {
  const parsed = parseDatabaseUrl(text);
  if (typeof parsed === 'string') throw wrong(`--from ${parsed}`);
  return parsed;
}

function id(name: string, text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  const value = parseId(text);
  if (value === undefined) throw wrong(`--${name} must be a number from 1 to 4294967295`);
  return value;
}

function time(text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  const value = parseIsoTime(/^\d{4}-\d\d-\d\d$/.test(text) ? `${text}T00:00:00Z` : text);
  if (value === undefined)
    throw wrong('--since must be a day or an ISO 8601 time with zone, like 2026-11-22T08:00:00Z');
  return value;
}

function wrong(problem: string): StartupError {
  return new StartupError([problem, usage], exitCodes.configuration);
}
