import { randomInt, randomUUID } from 'node:crypto';
import { encodeCursor } from '../../src/common/cursor.js';
import { firstAt, sessionId } from '../data.js';
import { content, send, type Operation } from '../operations.js';
import { deepMessages, fewSessions, manySessions, type StormOwners } from './data.js';

/** An operation and the one that it must not be much slower than. */
export interface Storm {
  base: Operation;
  other: Operation;
  /** The most CPU time per request, in that of the base. */
  maxCpu?: number;
  /** The highest 99th percentile, in that of the base. */
  maxP99?: number;
}

const [maxGrowth, maxGrowthOfSave, maxP99] = [1.3, 1.2, 3];
const tabs = 8;

/** @param save saves of many owners @param activate switches of many owners */
export function createStorms({ deep, many, few }: StormOwners, save: Operation, activate: Operation): Storm[] {
  const get = (name: string, owner: number, path: string): Operation => ({
    name,
    adds: false,
    create: () => send(owner, 'GET', path),
  });
  const saveInto = (name: string, owner: number, session: string): Operation => ({
    name,
    adds: true,
    create: () => {
      const body = { role: 'user', content, clientMessageId: randomUUID() };
      return send(owner, 'POST', `/api/v1/sessions/${session}/messages`, body);
    },
  });
  const switchAmong = (name: string, owner: number, sessions: number, connections?: number): Operation => ({
    name,
    adds: false,
    ...(connections !== undefined && { connections }),
    create: () => send(owner, 'POST', `/api/v1/sessions/${sessionId(randomInt(1, sessions + 1))}/activate`),
  });
  const pages = '/api/v1/sessions/deep/messages?limit=50';
  const position = deepMessages - 100;
  const cursor = encodeCursor('messages', [firstAt + position, position]);
  return [
    {
      base: get('first page', deep, pages),
      other: get(`page at ${position} of ${deepMessages}`, deep, `${pages}&after=${cursor}`),
      maxCpu: maxGrowth,
    },
    {
      base: saveInto('save into an empty session', deep, 's1'),
      other: saveInto(`save into a session of ${deepMessages}`, deep, 'deep'),
      maxCpu: maxGrowthOfSave,
    },
    {
      base: switchAmong(`switch among ${fewSessions}`, few, fewSessions),
      other: switchAmong(`switch among ${manySessions}`, many, manySessions),
      maxCpu: maxGrowth,
    },
    {
      base: get(`list 5 of ${fewSessions} sessions`, few, '/api/v1/sessions?limit=5'),
      other: get(`list 5 of ${manySessions} sessions`, many, '/api/v1/sessions?limit=5'),
      maxCpu: maxGrowth,
    },
    { base: save, other: saveInto('32 clients save into one session', few, 's1'), maxP99 },
    { base: activate, other: switchAmong(`${tabs} tabs switch`, few, fewSessions, tabs), maxP99 },
  ];
}
