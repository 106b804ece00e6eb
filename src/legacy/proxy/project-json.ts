import { visit } from 'jsonc-parser';

/** Where the value of `project.chatHistory` stands in the text of a response, in UTF-16 code units. */
export interface HistoryPlace {
  start: number;
  /** Equal to `start` when the project has no `chatHistory`. */
  end: number;
  /** What must precede the value: nothing, or the name of a missing `chatHistory`. */
  prefix: string;
}

/** Why a response has no such place: it reports a failure, or it is not as expected. */
export type NoHistoryPlace =
  'failure' | 'not JSON' | 'without a project' | 'of a page that keeps its chat in the project' | 'of another form';

/** A property of the response (depth 1) or of its project (depth 2): the offsets of its value. */
interface Property {
  depth: number;
  name: string;
  start: number;
  end: number;
  kind: 'object' | 'array' | 'other';
  value?: unknown;
}

/** Ends the visit at the first error: the parser itself would go on. */
class SyntaxProblem extends Error {}

/**
 * Finds the value of `project.chatHistory` in the JSON text `{ "success": true, "project": { ... } }`. Replacing only
 * that leaves all else as it is: `JSON.parse` and `JSON.stringify` would change large numbers, fractions, escapes and
 * the order of names that are integers.
 */
export function findChatHistory(json: string): HistoryPlace | NoHistoryPlace {
  const properties = readProperties(json);
  if (!properties) return 'not JSON';
  const [success, project, history] = (
    [
      [1, 'success'],
      [1, 'project'],
      [2, 'chatHistory'],
    ] as const
  ).map(([depth, name]) => properties.filter((property) => property.depth === depth && property.name === name));
  // Readers may differ in which of two equal names they take.
  if (!success || !project || !history || [success, project, history].some(({ length }) => length > 1)) {
    return 'of another form';
  }
  if (success[0]?.value !== true) return success[0]?.value === false ? 'failure' : 'of another form';
  if (project[0]?.kind !== 'object') return project[0]?.value === null ? 'without a project' : 'of another form';
  const [found] = history;
  if (found) {
    const { start, end } = found;
    const entries: unknown = JSON.parse(json.slice(start, end));
    if (typeof entries !== 'object') return 'of another form';
    if (!Object.values(entries ?? {}).every(isTableRow)) return 'of a page that keeps its chat in the project';
    return { start, end, prefix: '' };
  }
  const last = properties.findLast(({ depth }) => depth === 2);
  const at = last?.end ?? project[0].start + 1;
  return { start: at, end: at, prefix: `${last ? ',' : ''}"chatHistory":` };
}

/**
 * Whether an entry is a row of the plugin's table. The pages before that table save their chat with the project, and
 * would save what they get here: its entries have ISO 8601 times, or none.
 */
function isTableRow(entry: unknown): boolean {
  const { timestamp } = (entry ?? {}) as { timestamp?: unknown };
  return (
    typeof timestamp === 'number' || (typeof timestamp === 'string' && /^(-?\d+$|\d{4}-\d\d-\d\d )/.test(timestamp))
  );
}

/** The properties of the outer object and of the object `project`; undefined unless it is an object in valid JSON. */
function readProperties(json: string): Property[] | undefined {
  const properties: Property[] = [];
  let depth = 0;
  let outer: Property | undefined;
  const root = { isObject: false };
  /** The property whose value stands at this depth, if it is one of those. */
  const current = (): Property | undefined => {
    if (depth === 1) return outer;
    const isInProject = depth === 2 && outer?.name === 'project' && outer.kind === 'object';
    return isInProject ? properties.at(-1) : undefined;
  };
  const begin = (kind: 'object' | 'array') => (offset: number) => {
    if (depth === 0) root.isObject = kind === 'object';
    Object.assign(current() ?? {}, { start: offset, kind });
    depth++;
  };
  const finish = (offset: number, length: number) => {
    depth--;
    Object.assign(current() ?? {}, { end: offset + length });
  };
  try {
    visit(
      json,
      {
        onObjectBegin: begin('object'),
        onArrayBegin: begin('array'),
        onObjectEnd: finish,
        onArrayEnd: finish,
        onObjectProperty: (name) => {
          if (depth > 1 && !current()) return;
          const property: Property = { depth, name, start: 0, end: 0, kind: 'other' };
          properties.push(property);
          if (depth === 1) outer = property;
        },
        onLiteralValue: (value: unknown, offset, length) => {
          Object.assign(current() ?? {}, { start: offset, end: offset + length, value });
        },
        onError: () => {
          throw new SyntaxProblem();
        },
      },
      { disallowComments: true },
    );
  } catch (error) {
    // A RangeError: it is nested too deep.
    if (error instanceof SyntaxProblem || error instanceof RangeError) return undefined;
    throw error;
  }
  return root.isObject ? properties : undefined;
}
