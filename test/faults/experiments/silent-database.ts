import { setTimeout as sleep } from 'node:timers/promises';
import mysql2, { type RowDataPacket } from 'mysql2/promise';
import { numbers } from '../../support/database/access.js';
import type { World } from '../world/world.js';
import {
  clientOf,
  countOf,
  longest,
  openPage,
  saveAndLeave,
  saveUntil,
  savers,
  timed,
  type Answer,
} from './callers.js';
import { atLeast, duration, exactly, maxAnswerMs, type Experiment, type Figure } from './experiment.js';

const clients = 24;
const newcomers = 52;
/** Before the database falls silent, and for the first success afterwards, in ms. */
const calmMs = 1000;
const maxRecoveryMs = 10_000;

export const silentDatabase: Experiment[] = [
  {
    name: 'database stopped for 20 s, 24 clients, 52 newcomers',
    run: (world) => underLoad(world, 20_000, (ms) => world.freezeMariadb(ms)),
  },
  {
    name: 'black hole of 45 s, 24 clients, 52 newcomers',
    run: (world) =>
      underLoad(world, 45_000, async (ms) => {
        world.proxy.blackHole(true);
        await sleep(ms);
        world.proxy.blackHole(false);
      }),
  },
  { name: 'database stopped for 150 s, 10 callers leave the queue', run: (world) => leaving(world) },
];

/** Clients that go on saving, and pages that are opened one after the other while the database is silent. */
async function underLoad(world: World, ms: number, silence: (ms: number) => Promise<void>): Promise<Figure[]> {
  const { url } = world;
  const stop = new AbortController();
  const running = (await savers(url, clients)).map((saver) => saveUntil(stop.signal, saver));
  await sleep(calmMs);
  const silent = silence(ms);
  const opened: Promise<Answer>[] = [];
  for (const index of numbers(newcomers)) {
    opened.push(openPage(url, 100 + index));
    await sleep(ms / 2 / newcomers);
  }
  const pages = await Promise.all(opened);
  await silent;
  const recovery = await timeToSuccess(world);
  stop.abort();
  const saves = (await Promise.all(running)).flat();
  return [
    atLeast('answers to the clients', saves.length - countOf(saves, 'lost'), clients),
    exactly('requests without an answer', countOf([...saves, ...pages], 'lost'), 0),
    duration('longest answer to a client', longest(saves), maxAnswerMs),
    duration('longest answer to a newcomer', longest(pages), maxAnswerMs),
    duration('first save afterwards', recovery, maxRecoveryMs),
  ];
}

/** The first saves take all connections: those of the callers who leave have to queue. */
async function leaving(world: World): Promise<Figure[]> {
  const waiting = await savers(world.url, clients);
  const silent = world.freezeMariadb(150_000);
  const saves = waiting.map(({ client, session }) => timed(client.save(session, { content: 'waits' })));
  await sleep(500);
  await Promise.all(waiting.slice(0, 10).map((saver, index) => saveAndLeave(saver, `left ${index}`, 1000)));
  const answers = await Promise.all(saves);
  await silent;
  const recovery = await timeToSuccess(world);
  return [
    exactly('stored saves of callers who left', await stored(world, 'left %'), 0),
    exactly('requests without an answer', countOf(answers, 'lost'), 0),
    duration('longest answer', longest(answers), maxAnswerMs),
    duration('first save afterwards', recovery, maxRecoveryMs),
  ];
}

/** @returns the time until a save succeeds, in ms */
async function timeToSuccess(world: World): Promise<number> {
  const client = clientOf(world.url, 1);
  const start = performance.now();
  while ((await timed(client.saveToActive({ content: 'again' }))).status !== 201) {
    if (performance.now() - start > 3 * maxRecoveryMs) break;
    await sleep(20);
  }
  return performance.now() - start;
}

async function stored(world: World, pattern: string): Promise<number> {
  const connection = await mysql2.createConnection(world.databaseUrl);
  const query = 'SELECT COUNT(*) AS found FROM writeassistdev_chat WHERE content LIKE ?';
  const [rows] = await connection.query<RowDataPacket[]>(query, [pattern]);
  await connection.end();
  return Number(rows[0]?.found);
}
