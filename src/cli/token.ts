import { parseArgs } from 'node:util';
import { TokenIssuer } from '../auth/token-issuer.js';
import { loadSigningSecret } from '../auth/signing-secret.js';
import { StartupError, exitCodes } from '../common/startup-error.js';
import { readConfig, readEnvironment } from '../config/read-config.js';
import { parseId } from '../owners/owner.js';
import { exitWithError } from '../server/exit-with-error.js';

const usage = 'usage: npm run -s token -- --user <id> --activity <id> [--cmid <id>] [--ttl <seconds, or 30m, 8h, 7d>]';
const secondsOf: Record<string, number> = { '': 1, s: 1, m: 60, h: 3600, d: 86_400 };

/** Prints a token that the server accepts, and nothing else; good for eight hours unless `--ttl` says otherwise. */
async function main(): Promise<void> {
  const { user, activity, cmid, ttl } = readOptions();
  const config = readConfig(readEnvironment());
  const secret = loadSigningSecret(config);
  if (!secret) {
    throw new StartupError(
      ['tokens are checked with public keys here: whoever holds the private key makes them'],
      exitCodes.configuration,
    );
  }
  const issuer = new TokenIssuer(secret, config);
  const token = await issuer.issue(
    { userId: requireId('user', user), activityId: requireId('activity', activity) },
    readTtl(ttl),
    cmid === undefined ? undefined : requireId('cmid', cmid),
  );
  process.stdout.write(`${token}\n`);
}

function readOptions(): { user?: string; activity?: string; cmid?: string; ttl: string } {
  const id = { type: 'string' } as const;
  try {
    return parseArgs({ options: { user: id, activity: id, cmid: id, ttl: { ...id, default: '8h' } } }).values;
  } catch (error) {
    throw new StartupError([(error as Error).message.split('\n', 1)[0] ?? '', usage]);
  }
}

function requireId(name: string, text: string | undefined): number {
  const id = parseId(text);
  if (id === undefined) throw new StartupError([`--${name} must be a number from 1 to 4294967295`, usage]);
  return id;
}

function readTtl(text: string): number {
  const [, number, unit = ''] = /^(\d{1,9})([smhd]?)$/.exec(text) ?? [];
  const seconds = Number(number) * (secondsOf[unit] ?? NaN);
  if (!(seconds > 0)) throw new StartupError(['--ttl must be seconds, or a number with s, m, h or d', usage]);
  return seconds;
}

await main().catch(exitWithError);
