import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { root } from '../../test/architecture/source-imports.js';
import { EventCounts } from '../common/event-counts.js';
import { readConfig } from '../config/read-config.js';
import { DatabaseWork } from '../database/work/database-work.js';
import { problemCatalogue } from '../openapi/problem-catalogue.js';
import { MetricsRegistry } from './metrics-registry.js';

const read = (name: string) => readFileSync(join(root, 'deploy/monitoring', name), 'utf8');
const limits = { capacity: 1, maxPerCaller: 1, maxPerSession: 1, maxWaiting: 1 };

describe.each(['alerts.yml', 'dashboard.json'])('deploy/monitoring/%s', (name) => {
  it('uses only metrics that the server has', async () => {
    const registry = new MetricsRegistry(readConfig({}), new DatabaseWork(limits, 1000), new EventCounts());
    const existing = [...(await registry.read()).matchAll(/^# TYPE (\S+)/gm)].map(([, metric]) => metric);
    const used = [...read(name).matchAll(/\b(?:chat_store|nodejs|process)_\w+/g)].map(([metric]) =>
      metric.replace(/_(bucket|count|sum)$/, ''),
    );
    expect(used.length).toBeGreaterThan(5);
    expect(used.filter((metric) => !existing.includes(metric))).toEqual([]);
  });

  it('uses only error codes that the server has', () => {
    const codes = [...read(name).matchAll(/\bcode=~?\\?"([\w|]+)\\?"/g)].flatMap(([, list = '']) => list.split('|'));
    expect(codes.filter((code) => !Object.hasOwn(problemCatalogue, code))).toEqual([]);
  });
});
