// Every request that is tested: of the ajax endpoint all actions that the server knows, with all fields that they know,
// and three REST routes, with all that the OpenAPI document says of them.
import { headers } from './scan.mjs';

/**
 * @typedef {object} Target
 * @property {string} name
 * @property {string} method
 * @property {string} path with a `*` behind the segment that is tested, if one is
 * @property {Record<string, string>} [query]
 * @property {Record<string, string>} [form]
 * @property {Record<string, string>} [json]
 * @property {string[]} tested the parameters
 * @property {Record<string, string>} [restore] the form that makes anew what the request takes away
 * @property {string[]} [holes] the parameters that must be found injectable: planted ones
 */

export const ajax = '/mod/writeassistdev/ajax.php';
const restRoutes = [
  ['GET', '/api/v1/sessions'],
  ['GET', '/api/v1/sessions/{sessionId}/messages'],
  ['POST', '/api/v1/sessions/{sessionId}/messages'],
];

/** What only the server can give: `fill` puts it in. */
export const given = {
  token: '(token)',
  newest: '(newest row)',
  oldest: '(oldest row)',
  cursor: '(cursor)',
  message: '(message)',
};

/** What the examples leave out. */
const samples = {
  session_id: 'chat-1',
  limit: '5',
  before: given.newest,
  after: given.oldest,
  timestamp: '1795334400',
  client_message_id: 'a1',
};
/** It takes a time: here one that everything lies before. */
const ownSamples = { load_chat_history_only: { before: '4102444800' } };
const restSamples = {
  limit: '1',
  order: 'desc',
  after: given.cursor,
  afterSequence: '0',
  role: 'user',
  content: 'How long is the Nile?',
  timestamp: '2026-11-22T08:00:00.000Z',
  clientMessageId: 'a1',
  state: 'all',
  pinned: 'false',
  archived: 'false',
  q: 'new',
  metadataKey: 'course',
  metadataValue: 'geography',
  status: 'complete',
  head: given.message,
  tree: 'false',
  parentId: given.message,
};
/** Of which the order of messages has other values. */
const ownRestSamples = { '/api/v1/sessions': { order: 'activity' } };
/** Lists and objects, which sqlmap would take apart, and what must not come without them. */
const nested = new Set(['payload', 'format', 'metadata']);

/** A second save by one name is a replay or refused, whatever the other fields hold: these get a request of their own. */
const alone = new Set(['after', 'client_message_id', 'clientMessageId']);
/** Of which an action takes one at a time. */
const excluded = { after: 'before' };
/** The same for REST, and parameters that leave nothing of the list. */
const excludedInRest = { afterSequence: ['after', 'order'], metadataKey: [], metadataValue: [] };

/** They need the chat again before each call. */
const destructive = new Set(['clear_session_messages', 'delete_chat_session']);

/**
 * @param {ReadonlyMap<string, { fields: string[] }>} actions
 * @param {Record<string, object>} examples a valid form of each
 * @returns {Target[]}
 */
export function ajaxTargets(actions, examples) {
  const restore = { ...texts(examples.append_message), sesskey: given.token };
  return [...actions].flatMap(([name, { fields }]) => {
    const example = texts(examples[name]);
    const values = valuesOf(fields, { ...samples, ...ownSamples[name], ...example });
    const form = { ...example, ...values, sesskey: given.token };
    const target = { method: 'POST', path: ajax, ...(destructive.has(name) && { restore }) };
    const together = without(form, alone);
    return [
      { ...target, name, form: together, tested: [...Object.keys(together), ...Object.keys(headers)] },
      ...fields
        .filter((field) => alone.has(field))
        .map((field) => ({
          ...target,
          name: `${name}, ${field}`,
          form: { ...without(form, new Set([...alone, excluded[field]])), [field]: form[field] },
          tested: [field],
        })),
    ];
  });
}

/** @param {object} document in OpenAPI @returns {Target[]} */
export function restTargets(document) {
  return restRoutes.flatMap(([method, path]) => {
    const { parameters = [], requestBody } = document.paths[path][method.toLowerCase()];
    const schema = requestBody?.content['application/json'].schema.$ref.split('/').at(-1);
    const named = (place) => parameters.filter((one) => one.in === place).map((one) => one.name);
    const whole = valuesOf(named('query'), { ...restSamples, ...ownRestSamples[path] });
    const query = without(whole, new Set(Object.keys(excludedInRest)));
    const fields = Object.keys(document.components.schemas[schema]?.properties ?? {}).filter(
      (name) => !nested.has(name),
    );
    const body = valuesOf(fields, restSamples);
    const together = without(body, alone);
    const at = (mark) => path.replaceAll(/\{\w+\}/g, `${samples.session_id}${mark}`);
    const target = (json) => ({ method, path: at(''), query, ...(requestBody && { json }) });
    const name = `${method} ${path}`;
    return [
      {
        ...target(together),
        name,
        tested: [...Object.keys(query), ...Object.keys(together), ...Object.keys(headers)],
      },
      ...Object.entries(excludedInRest)
        .filter(([field]) => field in whole)
        .map(([field, others]) => ({
          ...target(together),
          query: without(whole, new Set(others)),
          name: `${name}, ${field}`,
          tested: [field],
        })),
      ...named('path').map((one) => ({ ...target(together), path: at('*'), name: `${name}, path`, tested: [one] })),
      ...Object.keys(body)
        .filter((field) => alone.has(field))
        .map((field) => ({ ...target(body), name: `${name}, ${field}`, tested: [field] })),
    ];
  });
}

function valuesOf(names, values) {
  return Object.fromEntries(
    names.map((name) => {
      if (values[name] === undefined) throw new Error(`tools/sqlmap/targets.mjs has no sample of the field ${name}`);
      return [name, values[name]];
    }),
  );
}

function texts(fields) {
  return Object.fromEntries(Object.entries(fields).map(([name, value]) => [name, String(value)]));
}

function without(fields, names) {
  return Object.fromEntries(Object.entries(fields).filter(([name]) => !names.has(name)));
}
