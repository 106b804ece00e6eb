import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { root } from '../../test/architecture/source-imports.js';
import { actions } from './actions.js';
import { answerExamples, requestExamples } from './docs/examples.js';

const everywhere = ['action', 'cmid', 'sesskey'];
const names = [...actions.keys()];

describe('the table of actions', () => {
  it('has an example of a request and of its answer for each', () => {
    expect(Object.keys(requestExamples).sort()).toEqual(names.toSorted());
    expect(Object.keys(answerExamples).sort()).toEqual(names.toSorted());
  });

  it.each(names)('has in the example of %s only its own fields', (name) => {
    const { action, ...fields } = requestExamples[name] as { action: string };
    expect(action).toBe(name);
    const known = [...everywhere, ...(actions.get(name)?.fields ?? [])];
    expect(Object.keys(fields).filter((field) => !known.includes(field))).toEqual([]);
  });

  it('has its fields among those that the documentation describes', () => {
    const document = JSON.parse(readFileSync(join(root, 'openapi.json'), 'utf8')) as {
      components: { schemas: Record<string, { properties: object }> };
    };
    const fields = new Set([...actions.values()].flatMap((action) => action.fields));
    const described = Object.keys(document.components.schemas.LegacyFormDto?.properties ?? {});
    expect(described.sort()).toEqual([...everywhere, ...fields].sort());
  });

  it('is the one in docs/legacy-endpoint.md', () => {
    const text = readFileSync(join(root, 'docs/legacy-endpoint.md'), 'utf8');
    const rows = new Map(
      [...text.matchAll(/^\| `([a-z_]+)` +\| (.*?) +\| .* \|$/gm)].map(([, name = '', fields = '']) => [name, fields]),
    );
    const save = actions.get('save_session_message')?.fields;
    expect(actions.get('append_message')?.fields).toEqual(save);
    for (const name of names.filter((one) => one !== 'append_message')) {
      const fields = [...(rows.get(name) ?? '').matchAll(/`([a-z_]+)`/g)].map(([, field]) => field);
      expect([name, fields.toSorted()]).toEqual([name, actions.get(name)?.fields.toSorted()]);
    }
  });
});
