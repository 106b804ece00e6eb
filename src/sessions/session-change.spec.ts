import { applyChange, newContent } from './session-change.js';
import type { SessionChange, SessionContent } from './session.js';

const session: SessionContent = {
  title: 'Rivers',
  titleSource: 'user',
  pinned: false,
  archived: true,
  metadata: { a: '1', b: '2' },
};

describe('applyChange', () => {
  it.each<[SessionChange, Partial<SessionContent>, boolean]>([
    [{}, {}, false],
    [{ pinned: true }, { pinned: true }, true],
    [{ pinned: false, archived: true }, { pinned: false, archived: true }, false],
    [{ metadata: { b: '2', a: '1' } }, { metadata: { a: '1', b: '2' } }, false],
    [{ metadata: null }, { metadata: {} }, true],
    [{ title: 'Lakes' }, { title: 'Lakes', titleSource: 'user' }, true],
    [{ title: 'Rivers' }, { title: 'Rivers', titleSource: 'user' }, false],
    [{ title: 'Lakes', titleSource: 'generated' }, {}, false],
    [{ title: 'Lakes', titleSource: 'generated', pinned: true }, { pinned: true }, true],
  ])('of %j writes %j', (change, content, isDifferent) => {
    const isRenamed = 'title' in content;
    expect(applyChange(session, change)).toEqual({ content, isDifferent, isRenamed });
  });

  it.each(['default', 'generated'] as const)('replaces a %s title by any other', (titleSource) => {
    const title = { title: 'Lakes', titleSource: 'generated' as const };
    const generated = applyChange({ ...session, titleSource }, title);
    expect(generated).toEqual({ content: title, isDifferent: true, isRenamed: true });
    expect(applyChange({ ...session, titleSource }, { title: 'Rivers' })).toMatchObject({ isDifferent: true });
  });
});

describe('newContent', () => {
  it('has the default title, which is nobody’s, and nothing else', () => {
    const content = { title: 'New Chat', titleSource: 'default', pinned: false, archived: false, metadata: {} };
    expect(newContent({})).toEqual(content);
  });
});
