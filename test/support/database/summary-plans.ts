import { sequencesPerStep, summaryQueries } from '../../../src/sessions/session-summaries.repository.js';
import { planMiddle, planOwner, type Page } from './search-plans.js';

const { sequence } = planMiddle;
const step = {
  parameters: [...planOwner, 'chat_5', sequence, sequence + sequencesPerStep],
  index: 'unique_chat_sequence',
  position: /sequence>\? AND sequence<\?/,
  rows: 1,
};

/** The statements that compute what a list shows of a session's messages. */
export const summaryPages: Page[] = [
  { ...step, name: 'a step of the unread messages', text: summaryQueries.unread, passed: sequencesPerStep - 1 },
  { ...step, name: 'the newest message of a step', text: summaryQueries.newest },
];
