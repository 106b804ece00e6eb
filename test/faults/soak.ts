import { readFileSync, readdirSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import mysql2, { type RowDataPacket } from 'mysql2/promise';
import { Random } from './clients/random.js';
import type { Violation } from './history/violation.js';
import { underLoad } from './under-load.js';
import { World } from './world/world.js';

const servers = 2;
/** The share of the time at the beginning that is not counted: caches fill, the compiler optimizes. */
const warmUp = 1 / 3;
const samples = 60;

/** What must not grow, and by how much its line may rise from the end of the warm-up to the end of the run. */
const allowedRise = { memoryMB: 40, descriptors: 6, connections: 4, deletionMarks: 20_000 };
type Quantity = keyof typeof allowedRise | 'messages' | 'tablesMB';
type Sample = Record<Quantity, number> & { minutes: number };

export interface SoakResult {
  table: string;
  violations: Violation[];
  hasPassed: boolean;
}

/** Lets clients do everything at random for this time, without a fault, and measures what servers and database hold. */
export async function soak(minutes: number, seed: number): Promise<SoakResult> {
  const world = await World.start({ engine: 'mariadb', servers });
  const database = await mysql2.createConnection(world.mariadb.url);
  try {
    const taken: Sample[] = [];
    const { violations } = await underLoad(world, new Random(seed), async () => {
      for (let count = 0; count < samples; count++) {
        await sleep((minutes * 60_000) / samples);
        taken.push({ minutes: ((count + 1) * minutes) / samples, ...(await measure(world, database)) });
      }
    });
    const lines = linesOf(taken.filter((sample) => sample.minutes > minutes * warmUp));
    const hasPassed = violations.length === 0 && lines.every(({ isAllowed }) => isAllowed);
    return { table: tableOf(lines), violations, hasPassed };
  } finally {
    await database.end();
    await world.remove();
  }
}

async function measure({ pids }: World, database: mysql2.Connection): Promise<Record<Quantity, number>> {
  const one = async (sql: string, column: string) => {
    const [[row]] = await database.query<RowDataPacket[]>(sql);
    return Number(row?.[column]);
  };
  const rows = (table: string) => one(`SELECT COUNT(*) AS count FROM chat_test_faults.${table}`, 'count');
  return {
    memoryMB: sum(
      pids.map((pid) => Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]) / 1024),
    ),
    descriptors: sum(pids.map((pid) => readdirSync(`/proc/${pid}/fd`).length)),
    connections: await one("SHOW GLOBAL STATUS LIKE 'Threads_connected'", 'Value'),
    deletionMarks: await rows('writeassistdev_chat_deleted_sessions'),
    messages: await rows('writeassistdev_chat'),
    tablesMB: await one(
      `SELECT SUM(data_length + index_length) / 1048576 AS size FROM information_schema.tables
        WHERE table_schema = 'chat_test_faults'`,
      'size',
    ),
  };
}

interface Line {
  quantity: Quantity;
  first: number;
  last: number;
  perHour: number;
  isAllowed: boolean;
}

/** The straight line (least squares) of each quantity. */
function linesOf(taken: Sample[]): Line[] {
  const times = taken.map(({ minutes }) => minutes);
  const duration = (times.at(-1) ?? 0) - (times[0] ?? 0);
  const quantities = Object.keys(taken[0] ?? {}).filter((name) => name !== 'minutes') as Quantity[];
  return quantities.map((quantity) => {
    const values = taken.map((sample) => sample[quantity]);
    const [meanTime, meanValue] = [sum(times) / times.length, sum(values) / values.length];
    const covariance = sum(times.map((time, index) => (time - meanTime) * ((values[index] ?? 0) - meanValue)));
    const slope = covariance / sum(times.map((time) => (time - meanTime) ** 2));
    const limit = quantity in allowedRise ? allowedRise[quantity as keyof typeof allowedRise] : Infinity;
    return {
      ...{ quantity, first: values[0] ?? 0, last: values.at(-1) ?? 0, perHour: slope * 60 },
      isAllowed: slope * duration <= limit,
    };
  });
}

function tableOf(lines: Line[]): string {
  const rows = lines.map(({ quantity, first, last, perHour, isAllowed }) => [
    ...[quantity, first.toFixed(1), last.toFixed(1), perHour.toFixed(1)],
    isAllowed ? 'yes' : '**NO**',
  ]);
  const header = ['quantity', 'after the warm-up', 'at the end', 'slope per hour', 'allowed'];
  return [header, header.map(() => '---'), ...rows].map((row) => `| ${row.join(' | ')} |`).join('\n');
}

function sum(values: number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
