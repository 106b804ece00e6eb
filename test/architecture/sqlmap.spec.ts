import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { actions } from '../../src/legacy/actions.js';
import { requestExamples } from '../../src/legacy/docs/examples.js';
import { ajaxTargets, restTargets, type Target } from '../../tools/sqlmap/targets.mjs';
import { root } from './source-imports.js';

const headers = ['User-Agent', 'Referer', 'visit'];

/** The tested parameters of all requests whose name begins with `name`. */
function testedOf(targets: Target[], name: string): string[] {
  return targets.filter((target) => target.name.split(',')[0] === name).flatMap(({ tested }) => tested);
}

describe('the targets of npm run security:sqlmap', () => {
  const ajax = ajaxTargets(actions, requestExamples);
  const rest = restTargets(JSON.parse(readFileSync(join(root, 'openapi.json'), 'utf8')) as object);

  it.each([...actions])('include every parameter of the action %s', (name, { fields }) => {
    const parameters = ['action', 'cmid', 'sesskey', ...fields, ...headers];
    expect(testedOf(ajax, name).sort()).toEqual(parameters.sort());
  });

  it.each([
    [
      'GET /api/v1/sessions',
      ['limit', 'order', 'after', 'state', 'pinned', 'archived', 'metadataKey', 'metadataValue', 'q'],
    ],
    [
      'GET /api/v1/sessions/{sessionId}/messages',
      ['sessionId', 'limit', 'order', 'after', 'afterSequence', 'head', 'tree'],
    ],
    [
      'POST /api/v1/sessions/{sessionId}/messages',
      ['sessionId', 'role', 'content', 'timestamp', 'clientMessageId', 'status', 'parentId'],
    ],
  ])('include every parameter of %s that is not nested', (name, parameters) => {
    expect(testedOf(rest, name).sort()).toEqual([...parameters, ...headers].sort());
  });

  it('send every parameter that they test', () => {
    const missing = [...ajax, ...rest].flatMap(({ name, path, tested, ...request }) => {
      const sent = [request.query, request.form, request.json].flatMap((fields) => Object.keys(fields ?? {}));
      const inPath = path.includes('*') ? tested : [];
      return tested.filter((one) => ![...sent, ...headers, ...inPath].includes(one)).map((one) => `${name}: ${one}`);
    });
    expect(missing).toEqual([]);
  });
});
