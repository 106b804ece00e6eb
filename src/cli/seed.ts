import { createApp } from '../app.setup.js';
import { sampleOwner } from '../auth/sample-tokens.js';
import { createLogger } from '../common/logging.js';
import { readConfig, readEnvironment } from '../config/read-config.js';
import { noQuotas } from '../config/read-quotas.js';
import { DatabaseStarter } from '../database/connection/database-starter.js';
import { MessagesService } from '../messages/messages.service.js';
import { seedChats } from '../seed/seed-chats.js';
import { parseIdOption, parseOptions, printHelpOrVersion } from '../server/command-line.js';
import { exitWithError } from '../server/exit-with-error.js';
import { SessionTrashService } from '../sessions/session-trash.service.js';
import { SessionsService } from '../sessions/sessions.service.js';

const usage = 'usage: npm run seed -- [--user <id>] [--activity <id>]';
const help = `${usage}

Adds sample chats for one user in one activity. Run again, it adds what is missing. The database is that of
DATABASE_URL, or the embedded one in DATA_DIR: that one must not be in use by a running server.

  --user <id>      Moodle's id of the user; ${sampleOwner.userId} by default
  --activity <id>  id of the activity; ${sampleOwner.activityId} by default
  --help, --version`;

async function main(): Promise<void> {
  const args = process.argv.slice(2);
  printHelpOrVersion(args, help);
  const text = (id: number) => ({ type: 'string', default: String(id) }) as const;
  const options = { user: text(sampleOwner.userId), activity: text(sampleOwner.activityId) };
  const { user, activity } = parseOptions(args, options, usage);
  const owner = {
    userId: parseIdOption('user', user, usage),
    activityId: parseIdOption('activity', activity, usage),
  };
  // The database must be readable only by the user of this process.
  process.umask(0o077);
  const app = await createApp({ ...readConfig(readEnvironment()), quotas: noQuotas }, createLogger('warn'));
  try {
    await app.get(DatabaseStarter, { strict: false }).start();
    const { sessions, newSessions, messages, newMessages } = await seedChats(
      owner,
      app.get(SessionsService, { strict: false }),
      app.get(MessagesService, { strict: false }),
      app.get(SessionTrashService, { strict: false }),
    );
    const lines = [
      `User ${owner.userId} in activity ${owner.activityId} has ${sessions} sample chats with ${messages} messages; ` +
        `new: ${newSessions} and ${newMessages}.`,
      '',
      '  Start the server   npm start',
      `  Print a token      npm run -s token -- --user ${owner.userId} --activity ${owner.activityId}`,
      '  See the chats      /docs of the server, with the token',
    ];
    process.stdout.write(`${lines.join('\n')}\n`);
  } finally {
    await app.close();
  }
}

await main().catch(exitWithError);
