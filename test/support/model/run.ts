import { stripVTControlCharacters } from 'node:util';
import fc from 'fast-check';
import type { TestServer } from '../http/server.js';
import type { ModelCommand } from './command.js';
import { compareAll } from './compare-all.js';
import { messageCommands } from './message-commands.js';
import { messageTrashCommands } from './message-trash-commands.js';
import { ModelOwner } from './owner.js';
import { pageCommands } from './page-commands.js';
import { Program, type TracedRequest } from './program.js';
import { sessionCommands, trashCommands } from './session-commands.js';
import { streamCommands } from './stream-commands.js';

const maxCommands = 64;

const commands = [
  ...messageTrashCommands,
  ...sessionCommands,
  ...trashCommands,
  ...messageCommands,
  ...streamCommands,
  ...pageCommands,
];
/** Without the bias to small values, which stand for the same few sessions and messages. */
const programs = fc.noBias(fc.commands(commands, { maxCommands, size: 'max', disableReplayLog: true }));

/** Runs random programs, each for a new owner. @throws Error with the smallest program that fails, as its requests */
export async function runPrograms(
  server: TestServer,
  parameters: fc.Parameters<[Iterable<ModelCommand>]>,
): Promise<TracedRequest[]> {
  const requests: TracedRequest[] = [];
  const property = fc.asyncProperty(programs, async (commands) => {
    const owner = new ModelOwner();
    const program = await Program.start(server);
    try {
      await fc.asyncModelRun(() => ({ model: owner, real: program }), commands);
      await compareAll(owner, program);
    } catch (error) {
      const message = stripVTControlCharacters(error instanceof Error ? error.message : String(error));
      const sent = program.trace.map(({ text, status }) => `${text} -> ${status}`);
      throw new Error([message, '', ...sent].join('\n'));
    }
    requests.push(...program.trace);
  });
  await fc.assert(property, { ...parameters, includeErrorInReport: true });
  return requests;
}

/** How often each command was sent, and what the answers were, as a table in Markdown. */
export function tableOf(requests: TracedRequest[]): string {
  const names = [...new Set(requests.map(({ command }) => command))].sort();
  const rows = names.map((name) => {
    const statuses = requests.filter(({ command }) => command === name).map(({ status }) => status);
    const refused = [...new Set(statuses.filter((status) => status >= 400))].sort();
    const counts = refused.map((status) => `${count(statuses, status)} × ${status}`);
    return `| ${name} | ${statuses.length} | ${counts.join(', ')} |`;
  });
  return ['| command | requests | refused |', '| --- | ---: | --- |', ...rows].join('\n');
}

const count = (statuses: number[], wanted: number) => statuses.filter((status) => status === wanted).length;
