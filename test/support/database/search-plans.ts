import type { Parameter } from '../../../src/database/sql/sql-client.js';
import { messageListQueries } from '../../../src/messages/message-list.repository.js';
import { hitQueries } from '../../../src/search/hits.repository.js';
import { searchQueries } from '../../../src/search/matches.repository.js';

/** One row of MariaDB's EXPLAIN. */
export interface Step {
  table: string;
  type: string;
  key: string | null;
  Extra: string;
}

/** A list whose plan is tested. */
export interface Page {
  name: string;
  text: string;
  parameters: Parameter[];
  /** The index that both filters and orders. */
  index: string;
  /** The condition at which it begins, unless it begins at an end of the list. */
  position?: RegExp;
  rows: number;
  /** Entries of the index before the rows. */
  passed?: number;
}

export const planBase = 1_795_305_600_000;
export const planOwner = [7, 500];
/** A message in the middle of the session, and a session in the middle of the owner's. */
export const planMiddle = {
  ...{ sequence: 10_000, timestamp: planBase + 10_000 * 10_000 },
  ...{ session: 62_500, at: planBase + 2500 },
};
/** The id of a message of the owner; MariaDB reads the row of one id when it explains. */
export const foundId = 424_242;

/** SQLite numbers the indexes of unique constraints in an order that changes with the table: the columns tell which. */
export const sqliteNames: Record<string, string> = {
  unique_chat_sequence: 'sqlite_autoindex_writeassistdev_chat_\\d \\(.* AND sequence[<>=]',
};

const needles = Array<Buffer>(10).fill(Buffer.from(' nile'));
const { timestamp, session, at } = planMiddle;

/** The keys of the rows of other tables, one each. */
export function otherKeys(text: string): string[] {
  if (text.includes('JOIN')) return ['PRIMARY'];
  const ofStreams = text.match(/FROM writeassistdev_chat_streams/g) ?? [];
  const ofSessions = text.match(/\(SELECT \S+\s+FROM writeassistdev_chat_sessions/g) ?? [];
  return [...ofStreams.map(() => 'PRIMARY'), ...ofSessions.map(() => 'unique_session')];
}

/** The statements that end the steps of the history. */
export const historySteps: Page[] = [
  {
    name: 'a step of the history',
    text: messageListQueries.stepEnd,
    parameters: [...planOwner, Number.MAX_SAFE_INTEGER],
    index: 'unique_chat_history',
    position: /history_time<\?/,
    rows: 1,
    passed: 999,
  },
  {
    name: 'a step of the history of a session',
    text: messageListQueries.stepEndOfSession,
    parameters: [...planOwner, 'chat_5', Number.MAX_SAFE_INTEGER],
    index: 'ix_chat_session_history',
    position: /history_time<\?/,
    rows: 1,
    passed: 999,
  },
];

/** The statements of a search. */
export function searchPlans(engine: 'sqlite' | 'mariadb') {
  const queries = searchQueries(
    engine === 'mariadb' ? 'LOCATE(CAST(? AS BINARY), folded) > 0' : 'instr(folded, ?) > 0',
  );
  const searchPages: Page[] = [
    {
      name: 'the end of a step of a search',
      text: queries.stepEnd,
      parameters: [...planOwner, timestamp, '499'],
      index: 'unique_chat_history',
      position: /history_time<\?/,
      rows: 1,
      passed: 499,
    },
    {
      name: 'a step of a search',
      text: queries.candidates,
      parameters: [...planOwner, timestamp + 500 * 10_000, timestamp, ...needles],
      index: 'unique_chat_history',
      position: /history_time>\? AND history_time<\?/,
      rows: 100,
    },
    {
      name: 'the titles that a search compares',
      text: queries.titles,
      parameters: [...planOwner, 0, at, at, session],
      index: 'ix_chat_sessions_created',
      position: /created_at>\? AND created_at<\?/,
      rows: 500,
    },
  ];

  /** Statements that find messages by their ids. */
  const searchesByIds: [string, string, Parameter[]][] = [
    ['that a search compares alone', queries.large, [...planOwner, foundId, ...needles]],
    ['that a search reads alone', queries.content, [...planOwner, foundId]],
    ['whose folded content a search stores', queries.fill, [Buffer.from(' x '), foundId, ...planOwner]],
  ];

  const searchHits: [string, string, Parameter[]][] = [
    ['together', hitQueries.together, [...planOwner, 1, 2, ...Array<null>(14).fill(null)]],
    ['alone', hitQueries.alone, [...planOwner, foundId]],
  ];
  return { searchPages, searchesByIds, searchHits };
}
