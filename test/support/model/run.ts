import { stripVTControlCharacters } from 'node:util';
import fc from 'fast-check';
import type { TestServer } from '../http/server.js';
import type { ModelCommand } from './command.js';
import { compareAll } from './compare-all.js';
import { messageCommands } from './message-commands.js';
import { ModelOwner } from './owner.js';
import { pageCommands } from './page-commands.js';
import { Program } from './program.js';
import { sessionCommands, trashCommands } from './session-commands.js';
import { streamCommands } from './stream-commands.js';

const maxCommands = 40;

const programs = fc.commands(
  [...sessionCommands, ...trashCommands, ...messageCommands, ...streamCommands, ...pageCommands],
  { maxCommands, size: 'max', disableReplayLog: true },
);

/** What was run. */
export interface RunSummary {
  programs: number;
  commands: number;
  requests: number;
}

/** Runs random programs, each for a new owner. @throws Error with the smallest program that fails, as its requests */
export async function runPrograms(server: TestServer, parameters: fc.Parameters<[Iterable<ModelCommand>]>) {
  const summary: RunSummary = { programs: 0, commands: 0, requests: 0 };
  const property = fc.asyncProperty(programs, async (commands) => {
    const owner = new ModelOwner();
    const program = await Program.start(server);
    try {
      await fc.asyncModelRun(() => ({ model: owner, real: program }), commands);
      await compareAll(owner, program);
    } catch (error) {
      const message = stripVTControlCharacters(error instanceof Error ? error.message : String(error));
      throw new Error(`${message}\n\n${program.trace.join('\n')}`);
    }
    summary.programs++;
    summary.requests += program.trace.length;
  });
  await fc.assert(property, { ...parameters, includeErrorInReport: true });
  return summary;
}
