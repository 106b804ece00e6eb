import { atOnce } from '../../common/in-pieces.js';
import { findChatHistory } from './project-json.js';

/** The text with this value as `project.chatHistory`, or the reason why there is no place for it. */
function replaced(json: string, value = '[1]'): string {
  const bytes = Buffer.from(json);
  const place = atOnce(findChatHistory(bytes));
  if (typeof place === 'string') return place;
  return `${bytes.toString('utf8', 0, place.start)}${place.prefix}${value}${bytes.toString('utf8', place.end)}`;
}

describe('findChatHistory', () => {
  it.each([
    ['{"success":true,"project":{"chatHistory":[]}}', '{"success":true,"project":{"chatHistory":[1]}}'],
    ['{"success":true,"project":{"chatHistory":{}}}', '{"success":true,"project":{"chatHistory":[1]}}'],
    ['{"success":true,"project":{"chatHistory":null}}', '{"success":true,"project":{"chatHistory":[1]}}'],
    [
      '{"project":{"chatHistory":[{"timestamp":"1795806001"},{"timestamp":"2026-11-27 19:00:01"},{"timestamp":1.5}]},"success":true}',
      '{"project":{"chatHistory":[1]},"success":true}',
    ],
    ['{"success":true,"project":{}}', '{"success":true,"project":{"chatHistory":[1]}}'],
    ['{"success":true,"project":{ }}', '{"success":true,"project":{"chatHistory":[1] }}'],
    ['{"success":true,"project":{"plan":[] }}', '{"success":true,"project":{"plan":[],"chatHistory":[1] }}'],
    ['{"success":true,"project":{"a":{"b":1}}}', '{"success":true,"project":{"a":{"b":1},"chatHistory":[1]}}'],
    ['{"success":true,"project":{"a":"}"}}', '{"success":true,"project":{"a":"}","chatHistory":[1]}}'],
    [
      '{"success":true,"project":{"chat\\u0048istory":[{"content":"]}\\"","timestamp":"-1"}],"z":1}}',
      '{"success":true,"project":{"chat\\u0048istory":[1],"z":1}}',
    ],
    [
      ' {\n"x" : {"project":{"chatHistory":[]}}, "success" :\ttrue ,"project":{"a":{"chatHistory":[]},"chatHistory" : [ ] }\r\n} ',
      ' {\n"x" : {"project":{"chatHistory":[]}}, "success" :\ttrue ,"project":{"a":{"chatHistory":[]},"chatHistory" : [1] }\r\n} ',
    ],
    [
      '{"success":true,"project":{"10":1.0,"9":12345678901234567890,"e":1E+2,"s":"\\u00e9\\/é","plan":{},"l":[],"chatHistory":[]}}',
      '{"success":true,"project":{"10":1.0,"9":12345678901234567890,"e":1E+2,"s":"\\u00e9\\/é","plan":{},"l":[],"chatHistory":[1]}}',
    ],
    [
      '{"success":true,"project":{"plan":{},"plan":{},"chatHistory":[]},"more":1}',
      '{"success":true,"project":{"plan":{},"plan":{},"chatHistory":[1]},"more":1}',
    ],
    ['{"success":true,"project":{"__proto__":[]}}', '{"success":true,"project":{"__proto__":[],"chatHistory":[1]}}'],
  ])('finds the value in %s, or where it is missing', (json, expected) => {
    expect(replaced(json)).toBe(expected);
    expect(JSON.parse(expected)).toMatchObject({ project: { chatHistory: [1] } });
  });

  it.each([
    ['failure', '{"success":false,"error":"Invalid session key"}'],
    ['failure', '{"success":false,"project":{"chatHistory":[]}}'],
    ['without a project', '{"success":true,"project":null}'],
    ['of another form', '{"success":true}'],
    ['of another form', '{"project":{"chatHistory":[]}}'],
    ['of another form', '{}'],
    ['of another form', '{"success":true,"project":[]}'],
    ['of another form', '{"success":true,"project":[{"chatHistory":[]}]}'],
    ['of another form', '{"success":true,"project":"{}"}'],
    ['of another form', '{"success":true,"project":1}'],
    ['of another form', '{"success":1,"project":{}}'],
    ['of another form', '{"success":"true","project":{}}'],
    ['of another form', '{"success":[true],"project":{}}'],
    ['of another form', '{"success":true,"project":{"chatHistory":"[]"}}'],
    ...[
      '[{"timestamp":"2025-10-22T10:00:00.000Z"}]',
      '[{"timestamp":"1"},{"role":"user"}]',
      '[5]',
      '[null]',
      '{"a":"x"}',
    ].map((kept) => [
      'of a page that keeps its chat in the project',
      `{"success":true,"project":{"chatHistory":${kept}}}`,
    ]),
    ['of another form', '{"success":true,"project":{"chatHistory":0}}'],
    ['of another form', '{"success":true,"project":{"chatHistory":[],"chatHistory":[]}}'],
    ['of another form', '{"success":true,"project":{"chatHistory":[],"chatHistor\\u0079":[]}}'],
    ['of another form', '{"success":true,"project":{},"project":{}}'],
    ['of another form', '{"success":true,"success":true,"project":{}}'],
    ['not JSON', ''],
    ['not JSON', ' '],
    ['not JSON', '[]'],
    ['not JSON', '[{"success":true,"project":{}}]'],
    ['not JSON', 'null'],
    ['not JSON', '"x"'],
    ['not JSON', '<html>'],
    ['not JSON', '\ufeff{"success":true,"project":{}}'],
    ['not JSON', '{"success":true,"project":{}} x'],
    ['not JSON', '{"success":true,"project":{}}{}'],
    ['not JSON', '{"success":true,"project":{}'],
    ['not JSON', '{"success":true,"project":{},}'],
    ['not JSON', '{"success":true,"project":{"a":[1,]}}'],
    ['not JSON', '{"success":true,"project":{"a":{"b":{,}}}}'],
    ['not JSON', "{'success':true,'project':{}}"],
    ['not JSON', '{"success":true,"project":{}}//x'],
    ['not JSON', '{"success":true,/**/"project":{}}'],
    ['not JSON', '{"success":true,"project":{"a":01}}'],
    ['not JSON', '{"success":true,"project":{"a":"\n"}}'],
    ['not JSON', '{"success":true,"project":{"a":"\\x"}}'],
    ['not JSON', '{"success":true,"project":{"a":NaN}}'],
  ])('gives "%s" for %j', (reason, json) => {
    expect(replaced(json)).toBe(reason);
  });

  it.each(['[', '{"success":true,"project":', '{"a":['])('gives "not JSON" for a depth of 200,000: %s', (opening) => {
    expect(replaced(opening.repeat(200_000))).toBe('not JSON');
  });

  it('accepts only what JSON.parse accepts, and changes nothing else', () => {
    const pieces = '{ } [ ] , : "a" "project" "success" "chatHistory" true false null 1 -1.5e3 "é\\n" \t'.split(' ');
    const texts = ['{"success":true,"project":{"a":{"b":[1,{}]},"chatHistory":[{"timestamp":"1"}],"z":""}}'];
    let seed = 7;
    const random = (below: number) => (seed = (seed * 48_271) % 2_147_483_647) % below;
    let found = 0;
    for (let round = 0; round < 5000; round++) {
      const [base = ''] = texts;
      const at = random(base.length + 1);
      const piece = pieces[random(pieces.length)] ?? '';
      const json = base.slice(0, at) + (random(3) === 0 ? '' : piece) + base.slice(at + random(4));
      const result = replaced(json, '"new"');
      if (!result.includes('{')) continue;
      found++;
      const before = JSON.parse(json) as { project: Record<string, unknown> };
      const after = JSON.parse(result) as { project: Record<string, unknown> };
      expect(after).toEqual({ ...before, project: { ...before.project, chatHistory: 'new' } });
    }
    expect(found).toBeGreaterThan(100);
  });
});
