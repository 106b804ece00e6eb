import { StartupError, configurationError } from '../../common/startup-error.js';
import type { MysqlConfig } from '../../config/config.js';
import { describeServer } from '../../database/connection/startup-errors.js';
import { RunningProgram } from './client-program.js';
import type { OptionFile } from './option-file.js';

const unlimited = '18446744073709551615';

/**
 * Connects with the client program as the dump does, and checks what the server makes of its session: the dump program
 * leaves these variables as they are, and a server can set them for every connection (docs/database-session.md).
 * @throws StartupError when texts or rows would be missing in a dump, or TLS is not used as configured
 */
export async function checkSession(name: string, optionFile: OptionFile, config: MysqlConfig): Promise<void> {
  const variables = ['character_set_client', 'character_set_results', 'sql_select_limit'];
  const sql = `SELECT CONCAT_WS(',', ${variables.map((variable) => `@@${variable}`).join(', ')}); SHOW SESSION STATUS LIKE 'Ssl_cipher'`;
  const program = new RunningProgram(name, optionFile, [
    ...sessionOptions,
    '--batch',
    '--skip-column-names',
    '-e',
    sql,
  ]);
  let text = '';
  program.output.on('data', (chunk: Buffer) => (text += chunk.toString()));
  await program.succeed();
  const [values = '', status = ''] = text.split('\n');
  if (config.tls !== 'off' && status.trim() === 'Ssl_cipher') {
    throw new StartupError([
      `${name} does not use TLS with ${describeServer(config)}, as DATABASE_TLS=${config.tls} demands`,
    ]);
  }
  const found = values.split(',');
  const expected = ['utf8mb4', 'utf8mb4', unlimited];
  const wrong = variables.findIndex((_, index) => found[index] !== expected[index]);
  if (wrong === -1) return;
  throw configurationError(
    `${describeServer(config)} sets ${variables[wrong] ?? ''} to ${found[wrong] ?? ''} for this user's connections, ` +
      `so a dump would not be complete: it must be ${expected[wrong] ?? ''}`,
  );
}

/** Of every client program: characters of four bytes, and messages of any size. */
export const sessionOptions = ['--default-character-set=utf8mb4', '--max-allowed-packet=1073741824'];
