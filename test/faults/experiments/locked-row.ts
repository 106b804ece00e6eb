import { setTimeout as sleep } from 'node:timers/promises';
import mysql2 from 'mysql2/promise';
import { numbers } from '../../support/database/access.js';
import type { World } from '../world/world.js';
import { countOf, longest, probeUntil, saveUntil, savers, timed } from './callers.js';
import { control, duration, exactly, maxAnswerMs, type Experiment, type Figure } from './experiment.js';

const otherOwners = 12;
/** Others must not notice the lock; a busy machine is slower. In ms. */
const maxOthersMs = 1000;
/** How long the same load is measured without the lock: as long as saves wait for it. In ms. */
const controlMs = 10_000;

export const lockedRow: Experiment[] = [12, 100].map((saves) => ({
  name: `${saves} saves into a session whose row is locked`,
  run: (world) => behindLock(world, saves),
}));

/** Saves wait for a row that another program has locked, while other owners save and `/readyz` is asked. */
async function behindLock(world: World, saves: number): Promise<Figure[]> {
  const { url } = world;
  const [blockedSaver, ...otherSavers] = await savers(url, 1 + otherOwners);
  if (!blockedSaver) throw new Error('there is no owner');
  const { client, session } = blockedSaver;
  const withoutLock = AbortSignal.timeout(controlMs);
  const before = await Promise.all(otherSavers.map((saver) => saveUntil(withoutLock, saver)));
  const stop = new AbortController();
  const others = otherSavers.map((saver) => saveUntil(stop.signal, saver));
  await sleep(500);
  const lock = await mysql2.createConnection(world.databaseUrl);
  await lock.beginTransaction();
  // By the whole key: a scan would lock the rows of others.
  await lock.query(
    'SELECT id FROM writeassistdev_chat_sessions WHERE writeassistdevid = 1 AND userid = 1 AND session_id = ? FOR UPDATE',
    [session],
  );
  const probes = probeUntil(stop.signal, url);
  const blocked = await Promise.all(
    numbers(saves).map((index) => timed(client.save(session, { content: `behind the lock ${index}` }))),
  );
  stop.abort();
  const [answered, probed] = [(await Promise.all(others)).flat(), await probes];
  await lock.rollback();
  await lock.end();
  return [
    exactly('saves behind the lock answered with 503', countOf(blocked, 503), saves),
    duration('longest of these answers', longest(blocked), maxAnswerMs),
    exactly('saves of others that failed', answered.length - countOf(answered, 201), 0),
    duration('longest save of another owner', longest(answered), maxOthersMs),
    control('the same in 10 s without the lock', longest(before.flat())),
    exactly('probes of /readyz that were not 200', probed.length - countOf(probed, 200), 0),
  ];
}
