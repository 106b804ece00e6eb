import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { root } from '../../test/architecture/source-imports.js';
import { actions } from './actions.js';
import { answerExamples, requestExamples } from './docs/examples.js';

const commonFields = ['action', 'cmid', 'sesskey'];
const names = [...actions.keys()];

describe('actions', () => {
  it('have an example request and response each', () => {
    expect(Object.keys(requestExamples).sort()).toEqual(names.toSorted());
    expect(Object.keys(answerExamples).sort()).toEqual(names.toSorted());
  });

  it.each(names)('the example of %s has only fields that the action knows', (name) => {
    const { action, ...fields } = requestExamples[name] as { action: string };
    expect(action).toBe(name);
    const known = [...commonFields, ...(actions.get(name)?.fields ?? [])];
    expect(Object.keys(fields).filter((field) => !known.includes(field))).toEqual([]);
  });

  it('have fields that openapi.json describes, and no others', () => {
    const document = JSON.parse(readFileSync(join(root, 'openapi.json'), 'utf8')) as {
      components: { schemas: Record<string, { properties: object }> };
    };
    const fields = new Set([...actions.values()].flatMap((action) => action.fields));
    const described = Object.keys(document.components.schemas.LegacyFormDto?.properties ?? {});
    expect(described.sort()).toEqual([...commonFields, ...fields].sort());
  });

  it('have the fields that docs/legacy-endpoint.md lists', () => {
    const text = readFileSync(join(root, 'docs/legacy-endpoint.md'), 'utf8');
    const items = [...text.matchAll(/^- `([a-z_]+)` \((.*?)\):/gms)];
    const documented = new Map(items.map(([, name = '', fields = '']) => [name, fields]));
    for (const name of names) {
      const fields = [...(documented.get(name) ?? 'missing').matchAll(/`([a-z_]+)`/g)].map(([, field]) => field);
      expect([name, fields.toSorted()]).toEqual([name, actions.get(name)?.fields.toSorted()]);
    }
  });
});
