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

/** A property of the response or of its project: the offsets of its value. */
interface Property {
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
  const found = readProperties(json);
  if (!found) return 'not JSON';
  const [success, project, history] = ['success', 'project', 'chatHistory'].map((name) =>
    found.known.filter((property) => property.name === name),
  ) as [Property[], Property[], Property[]];
  // Readers may differ in which of two equal names they take.
  if ([success, project, history].some(({ length }) => length > 1)) return 'of another form';
  if (success[0]?.value !== true) return success[0]?.value === false ? 'failure' : 'of another form';
  if (project[0]?.kind !== 'object') return project[0]?.value === null ? 'without a project' : 'of another form';
  const [chat] = history;
  if (chat) {
    const { start, end } = chat;
    const entries: unknown = JSON.parse(json.slice(start, end));
    if (typeof entries !== 'object') return 'of another form';
    if (!Object.values(entries ?? {}).every(isTableRow)) return 'of a page that keeps its chat in the project';
    return { start, end, prefix: '' };
  }
  const { last } = found;
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

/** The properties of these names, and the last property of the project; undefined unless it is an object in valid JSON. */
function readProperties(json: string): { known: Property[]; last: Property | undefined } | undefined {
  const known: Property[] = [];
  const open: { outer?: Property; inner?: Property } = {};
  let depth = 0;
  const root = { isObject: false };
  const isInProject = () => depth === 2 && open.outer?.name === 'project' && open.outer.kind === 'object';
  /** The property of the outer object or of the project whose value stands at this depth. */
  const current = () => (depth === 1 ? open.outer : isInProject() ? open.inner : undefined);
  const begin = (kind: 'object' | 'array') => (offset: number) => {
    if (depth === 0) root.isObject = kind === 'object';
    const property = current();
    if (property) Object.assign(property, { start: offset, kind });
    depth++;
  };
  const finish = (offset: number, length: number) => {
    depth--;
    const property = current();
    if (property) property.end = offset + length;
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
          if (depth > 1 && !isInProject()) return;
          const property: Property = { name, start: 0, end: 0, kind: 'other' };
          open[depth === 1 ? 'outer' : 'inner'] = property;
          if (depth === 1 ? name === 'success' || name === 'project' : name === 'chatHistory') known.push(property);
        },
        onLiteralValue: (value: unknown, offset, length) => {
          const property = current();
          if (property) Object.assign(property, { start: offset, end: offset + length, value });
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
  return root.isObject ? { known, last: open.inner } : undefined;
}
