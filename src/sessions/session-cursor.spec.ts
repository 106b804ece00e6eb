import { foldTitle } from '../common/fold.js';
import { decodeSessionCursor, encodeSessionCursor } from './session-cursor.js';
import { sessionOrders, type SessionOrder, type SessionPosition } from './session.js';

const positions: [SessionOrder, SessionPosition][] = [
  ['activity', { sortValue: 1_795_305_600_000, rowId: 42 }],
  ['created', { sortValue: 0, rowId: 999_999_999_999_999 }],
  ['title', { sortValue: foldTitle('Größe: 東京'), rowId: 7 }],
  ['title', { sortValue: foldTitle('ﷺ'.repeat(255)), rowId: 999_999_999_999_999 }],
  ['title', { sortValue: Buffer.from(' '), rowId: 1 }],
];

describe('a cursor of sessions', () => {
  it.each(positions)('by %s has its position, for this order only', (order, position) => {
    const cursor = encodeSessionCursor(order, position);
    expect(cursor).toMatch(/^[A-Za-z0-9_-]+$/);
    expect(decodeSessionCursor(order, cursor)).toEqual(position);
    for (const other of sessionOrders.filter((one) => one !== order)) {
      expect(decodeSessionCursor(other, cursor)).toBeUndefined();
    }
  });

  it.each([
    '',
    'x',
    'sessionstitle:',
    'sessionstitle:-1: a ',
    'sessionstitle:1',
    `sessionstitle:1:${'a'.repeat(3000)}`,
  ])('is not made of %.30j', (text) => {
    expect(decodeSessionCursor('title', Buffer.from(text).toString('base64url'))).toBeUndefined();
  });

  it('has one spelling', () => {
    const cursor = encodeSessionCursor('title', { sortValue: Buffer.from(' ab '), rowId: 1 });
    expect(decodeSessionCursor('title', `${cursor}=`)).toBeUndefined();
    expect(decodeSessionCursor('title', ` ${cursor}`)).toBeUndefined();
  });
});
