import { branchQueries, messagesPerStatement } from '../../../src/branches/branches.repository.js';
import { historyPositionQueries, repeatQueries } from '../../../src/messages/messages.repository.js';
import { planMiddle as middle, planOwner as owner, type Page } from './search-plans.js';

const chat = [...owner, 'chat_5'];
const live = [...chat, ...chat];

/** The statements that read and place messages in the order of its session, of the owner, and in the tree. */
export const orderPages: Page[] = [
  {
    name: 'the messages of a session back from one',
    text: branchQueries.before,
    parameters: [...live, middle.sequence, String(messagesPerStatement)],
    index: 'unique_chat_sequence',
    position: /sequence<\?/,
    rows: messagesPerStatement,
  },
  {
    name: 'the messages of a session on from one',
    text: branchQueries.after,
    parameters: [...live, middle.sequence],
    index: 'unique_chat_sequence',
    position: /sequence>\?/,
    rows: messagesPerStatement,
  },
  {
    name: 'the predecessor of a message',
    text: historyPositionQueries.predecessor,
    parameters: [...chat, middle.timestamp],
    index: 'ix_chat_order',
    position: /timestamp<\?/,
    rows: 1,
  },
  {
    name: 'the neighbours of a place',
    text: historyPositionQueries.neighbours,
    parameters: [...owner, middle.timestamp],
    index: 'unique_chat_history',
    position: /history_time>\?/,
    rows: 1000,
  },
  {
    name: 'the end of the history',
    text: historyPositionQueries.last,
    parameters: owner,
    index: 'unique_chat_history',
    rows: 1,
  },
  {
    name: 'the messages with the timestamp of one that is sent',
    text: repeatQueries.sameTimestamp,
    parameters: [...chat, middle.timestamp, ...chat],
    index: 'ix_chat_order',
    position: /timestamp=\?/,
    rows: 1,
  },
];
