import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import ts from 'typescript';
import { root, sourceFiles, walk } from './source-imports.js';

const page = readFileSync(join(root, 'docs/security.md'), 'utf8');
/** All requirements of level 1 of OWASP ASVS 5.0.0: chapter, section, number. */
const levelOne = [
  '1.2.1-5 1.3.1-2 1.5.1 2.1.1 2.2.1-2 2.3.1 3.2.1-2 3.3.1 3.4.1-2 3.5.1-3 4.1.1 4.4.1 5.2.1-2 5.3.1-2',
  '6.1.1 6.2.1-8 6.3.1-2 6.4.1-2 7.2.1-4 7.4.1-2 8.1.1 8.2.1-2 8.3.1 9.1.1-3 9.2.1 10.4.1-5 11.3.1-2 11.4.1',
  '12.1.1 12.2.1-2 13.4.1 14.2.1 14.3.1 15.1.1 15.2.1 15.3.1',
].flatMap((line) => line.split(' ').flatMap(numbersOf));

/** The numbers of a range: `1.2.1-5` is 1.2.1 to 1.2.5. */
function numbersOf(range: string): string[] {
  const [, section = '', first = '', last = first] = /^(\d+\.\d+)\.(\d+)(?:-(\d+))?$/.exec(range) ?? [];
  return Array.from({ length: Number(last) - Number(first) + 1 }, (_, n) => `${section}.${Number(first) + n}`);
}

/** The list items that begin with requirements: `- 1.2.1, 1.2.2: text`, continuation lines joined. */
function itemsOf(text: string): { requirements: string[]; text: string }[] {
  const items = [...text.matchAll(/^- (\d+\.\d+\.\d+.*(?:\n {2}.*)*)/gm)];
  return items.map(([, item = '']) => {
    const [, names = '', description = ''] = /^([\d., ]+): (.*)$/.exec(item.replace(/\n */g, ' ')) ?? [];
    return { requirements: names.split(', '), text: description };
  });
}

/** The titles of the tests of a file, as they are in its source. */
function testNames(path: string): string[] {
  const names: string[] = [];
  walk(ts.createSourceFile(path, readFileSync(join(root, path), 'utf8'), ts.ScriptTarget.ES2023, true), (node) => {
    if (!ts.isCallExpression(node)) return;
    const [name] = node.arguments;
    if (name && ts.isStringLiteralLike(name) && /^it(\.each\b[\s\S]*)?$/.test(node.expression.getText())) {
      names.push(name.text);
    }
  });
  return names;
}

describe('docs/security.md', () => {
  const items = itemsOf(page);
  const shown = items.flatMap(({ requirements: [requirement = ''], text }) => {
    const [, what = '', file, name = ''] = /^(.+?)\. `([\w./-]+\.ts)`: (.+)$/.exec(text) ?? [];
    return file === undefined ? [] : [[requirement, what, file, name]];
  });
  const without = items.filter(({ text }) => !text.includes('.ts`')).flatMap(({ requirements }) => requirements);

  it('lists every requirement of level 1, and no other', () => {
    expect(levelOne).toHaveLength(70);
    const named = new Set([...shown.map(([requirement = '']) => requirement), ...without]);
    expect([...named].sort()).toEqual(levelOne.toSorted());
  });

  it('lists no requirement both as tested and as not applicable', () => {
    expect(shown.map(([requirement = '']) => requirement).filter((one) => without.includes(one))).toEqual([]);
  });

  it.each(shown)('names an existing test for %s: %s', (_requirement, _what, file = '', name = '') => {
    expect(existsSync(join(root, file))).toBe(true);
    expect(testNames(file)).toContain(name);
  });
});

describe('rules of the sources that no request can test', () => {
  it('the sources start no program and run no text', () => {
    const programs = /^(node:)?(child_process|vm|cluster|worker_threads)$/;
    // The commands for backups run the dump program, without a shell; test/architecture/imports.spec.ts shows that nothing
    // else imports backup/.
    const ofCommands = 'backup/mysql/client-program.ts';
    const found: string[] = [];
    for (const { path, tree, imports } of sourceFiles()) {
      const allowed = path === ofCommands ? ['node:child_process'] : [];
      const starting = imports.filter(({ to }) => programs.test(to) && !allowed.includes(to));
      found.push(...starting.map(({ to }) => `${path} imports ${to}`));
      walk(tree, (node) => {
        const called = ts.isCallExpression(node) || ts.isNewExpression(node) ? node.expression.getText() : '';
        if (path === ofCommands && node.getText() === 'shell: true') found.push(`${path} uses a shell`);
        if (/^(globalThis\.)?(eval|Function)$/.test(called)) found.push(`${path} calls ${called}`);
      });
    }
    expect(found).toEqual([]);
  });

  it('the sources hash with SHA-256 alone', () => {
    const found: string[] = [];
    for (const { path, tree } of sourceFiles()) {
      walk(tree, (node) => {
        if (!ts.isCallExpression(node) || !/^create(Hash|Hmac)$/.test(node.expression.getText())) return;
        found.push(`${path} ${node.arguments[0]?.getText() ?? ''}`);
      });
    }
    expect(found.length).toBeGreaterThan(1);
    expect(found.filter((use) => !use.endsWith(" 'sha256'"))).toEqual([]);
  });

  it('the browser module makes no markup of texts, and keeps nothing in the browser', () => {
    const files = ['multi-chat-manager.js', 'chat-api.js'].map((name) =>
      readFileSync(join(root, 'client', name), 'utf8'),
    );
    const module = files.join('\n');
    expect(module).toMatch(/class MultiChatManager[^]*class ChatApi/);
    expect(module).not.toMatch(/innerHTML|outerHTML|insertAdjacent|document\.write|createContextualFragment|DOMParser/);
    expect(module).not.toMatch(/localStorage|sessionStorage|indexedDB|\.cookie|caches\.|\beval\b|\bFunction\(/);
  });
});
