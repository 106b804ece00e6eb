import { parseArgs } from 'node:util';
import { parseIsoTime } from '../common/iso-time.js';
import { StartupError, exitCodes } from '../common/startup-error.js';
import type { ForeignAddress } from '../database/foreign-database.js';
import { readId } from '../owners/owner.js';
import { modules, type Filter, type Module } from './moodle.js';

const usage =
  'usage: npm run -s import:moodle -- --from mysql://user:password@host:3306/moodle [--prefix mdl_] [--module writeassistdev|researchflow] [--activity <id>] [--user <id>] [--since <ISO 8601 time>] [--dry-run] [--verify] [--json]';

export interface ImportOptions {
  from: ForeignAddress;
  prefix: string;
  module: Module | undefined;
  filter: Filter;
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
  const known = modules.find((name) => name === module);
  if (module !== undefined && known === undefined) throw wrong(`--module must be ${modules.join(' or ')}`);
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
    throw wrong((error as Error).message.split('\n', 1)[0] ?? '');
  }
}

/** The address carries a password: no problem quotes it. */
function address(text: string): ForeignAddress {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  const form = 'the form is mysql://user:password@host:3306/name';
  if (!url || !['mysql:', 'mariadb:'].includes(url.protocol) || url.search || url.hash || url.hostname === '') {
    throw wrong(`--from is not the address of a database; ${form}`);
  }
  try {
    const database = decodeURIComponent(url.pathname.slice(1));
    if (database === '' || database.includes('/')) throw wrong(`--from must name one database; ${form}`);
    return {
      host: url.hostname.replace(/^\[|\]$/g, ''),
      port: url.port === '' ? 3306 : Number(url.port),
      user: decodeURIComponent(url.username),
      password: decodeURIComponent(url.password),
      database,
    };
  } catch (error) {
    throw error instanceof StartupError
      ? error
      : wrong('--from has a % that is not followed by two hexadecimal digits');
  }
}

function id(name: string, text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  const value = readId(text);
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
