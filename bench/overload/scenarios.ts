import type { Group } from './load.js';

/** Owners who send one request after the other, with a pause. */
const polite: Group = { name: '20 polite', connections: 20, owners: 20, pauseMs: 50 };

const many = (connections: number): Group => ({
  name: `${connections} at once`,
  connections,
  owners: connections,
  pauseMs: 0,
});
const greedy = (owners: number): Group => ({
  name: `${owners} greedy, 200 connections each`,
  connections: owners * 200,
  owners,
  pauseMs: 0,
});

export interface Scenario {
  name: string;
  groups: Group[];
}

/** The first seconds of load cost twice as much. */
export const warmUp: Scenario = { name: 'warm-up', groups: [many(24)] };

export const scenarios: Scenario[] = [
  { name: 'best', groups: [many(16)] },
  { name: 'best', groups: [many(32)] },
  { name: 'overload', groups: [many(400)] },
  { name: 'polite alone', groups: [polite] },
  { name: 'greedy: one', groups: [greedy(1), polite] },
  { name: 'greedy: four', groups: [greedy(4), polite] },
  {
    name: 'anonymous',
    groups: [{ name: '200 without a token', connections: 200, owners: 1, pauseMs: 0, credential: 'none' }, polite],
  },
  {
    name: 'invalid tokens',
    groups: [
      { name: '200 with an invalid token', connections: 200, owners: 200, pauseMs: 0, credential: 'invalid' },
      polite,
    ],
  },
  { name: 'more connections', groups: [many(3000)] },
];
