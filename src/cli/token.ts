import { TokenIssuer } from '../auth/token-issuer.js';
import { loadSigningSecret } from '../auth/signing-secret.js';
import { configurationError } from '../common/startup-error.js';
import { readConfig, readEnvironment } from '../config/read-config.js';
import { parseIdOption, parseOptions, printHelpOrVersion, usageError } from '../server/command-line.js';
import { exitWithError } from '../server/exit-with-error.js';

const usage = 'usage: npm run -s token -- --user <id> --activity <id> [--cmid <id>] [--ttl <seconds, or 30m, 8h, 7d>]';
const help = `${usage}

Prints a token for one user in one activity, signed with the secret of this server, and nothing else.

  --user <id>      Moodle's id of the user, 1 to 4294967295
  --activity <id>  id of the activity, 1 to 4294967295
  --cmid <id>      course module of the activity: the token is then good for pages of that one only
  --ttl <time>     how long the token is good, at most JWT_MAX_AGE_SECONDS (7 days); 8h by default, or that if it is less
  --help, --version`;
const defaultTtlSeconds = 8 * 3600;
const secondsOf: Record<string, number> = { '': 1, s: 1, m: 60, h: 3600, d: 86_400 };

/** `npm run token`: prints a token for a user and an activity. It is valid for eight hours unless `--ttl` is given. */
async function main(): Promise<void> {
  const args = process.argv.slice(2);
  printHelpOrVersion(args, help);
  const id = { type: 'string' } as const;
  const options = { user: id, activity: id, cmid: id, ttl: id };
  const { user, activity, cmid, ttl } = parseOptions(args, options, usage);
  const config = readConfig(readEnvironment());
  const secret = loadSigningSecret(config);
  if (!secret) {
    throw configurationError(
      'this server verifies tokens with public keys, so tokens are issued by the holder of the private key',
    );
  }
  const issuer = new TokenIssuer(secret, config);
  const token = await issuer.issue(
    { userId: parseIdOption('user', user, usage), activityId: parseIdOption('activity', activity, usage) },
    ttl === undefined ? Math.min(defaultTtlSeconds, issuer.maxTtlSeconds) : readTtl(ttl, issuer.maxTtlSeconds),
    cmid === undefined ? undefined : parseIdOption('cmid', cmid, usage),
  );
  process.stdout.write(`${token}\n`);
}

function readTtl(text: string, max: number): number {
  const [, number, unit = ''] = /^(\d{1,9})([smhd]?)$/.exec(text) ?? [];
  const seconds = Number(number) * (secondsOf[unit] ?? NaN);
  if (!(seconds > 0)) throw usageError(usage, '--ttl must be seconds, or a number with s, m, h or d');
  if (seconds > max) throw usageError(usage, `--ttl must be at most JWT_MAX_AGE_SECONDS, which is ${max}`);
  return seconds;
}

await main().catch(exitWithError);
