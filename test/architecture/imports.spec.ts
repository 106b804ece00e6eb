import ts from 'typescript';
import { sourceFiles, walk, type Import } from './source-imports.js';

const files = sourceFiles();
const imports = files.flatMap((file) => file.imports);
const features = ['auth', 'moodle', 'owners', 'sessions', 'messages', 'legacy', 'health', 'import', 'copy', 'seed'];

/** The imports as a person reads them: one line each. */
function describeImports(wrong: Import[]): string[] {
  return wrong.map(({ from, to, typeOnly }) => `${from} imports ${typeOnly ? 'types of ' : ''}${to}`);
}

function directory(path: string): string {
  return path.includes('/') ? path.slice(0, path.indexOf('/')) : '';
}

function isFile(path: string): boolean {
  return path.endsWith('.ts');
}

describe('dependency rules', () => {
  it('finds the files and their imports at all', () => {
    expect(files.length).toBeGreaterThan(60);
    expect(imports).toContainEqual({ from: 'main.ts', to: 'server/bootstrap.ts', typeOnly: false, reExport: false });
    expect(imports.filter(({ to }) => isFile(to) && !files.some(({ path }) => path === to))).toEqual([]);
  });

  it('only repositories, entities, database/ and the Moodle connection know TypeORM and the drivers', () => {
    const wrong = imports.filter(
      ({ from, to }) =>
        /^(typeorm|@nestjs\/typeorm|mysql2|@photostructure\/sqlite)(\/|$)/.test(to) &&
        directory(from) !== 'database' &&
        !/\.(repository|entity)\.ts$|^moodle\/moodle-database\.ts$/.test(from),
    );
    expect(describeImports(wrong)).toEqual([]);
  });

  it('controllers know their own service and DTOs, auth/, common/, http/, openapi/ and decorators', () => {
    const wrong = from(/\.controller\.ts$/).filter(({ from: path, to, typeOnly }) => {
      if (!isFile(to)) return !/^(@nestjs\/(common|swagger)$|fastify$)/.test(to) || (to === 'fastify' && !typeOnly);
      if (directory(to) === directory(path)) return /\.(repository|entity|module|controller)\.ts$/.test(to);
      if (to === 'owners/owner.ts') return !typeOnly;
      return !['auth', 'common', 'http', 'openapi'].includes(directory(to)) && !to.endsWith('.decorator.ts');
    });
    expect(describeImports(wrong)).toEqual([]);
  });

  it('services know neither HTTP nor TypeORM, and of other features only services, rules, errors and types', () => {
    const wrong = from(/\.service\.ts$/).filter(({ from: path, to, typeOnly }) => {
      if (!isFile(to)) return to !== '@nestjs/common' && !to.startsWith('node:');
      if (/\.(controller|dto|decorator|entity|filter|pipe|module)\.ts$/.test(to)) return true;
      if (directory(to) === directory(path)) return false;
      if (directory(to) === 'database')
        return !/database\/(transactions\/transaction-runner|database\.errors|connection\/database-probe)\.ts$/.test(
          to,
        );
      if (['common', 'config'].includes(directory(to))) return false;
      return !typeOnly && !/(\.(service|errors)|-rules)\.ts$/.test(to);
    });
    expect(describeImports(wrong)).toEqual([]);
  });

  it('services take nothing but injectables and errors out of @nestjs/common', () => {
    const names = files
      .filter(({ path }) => path.endsWith('.service.ts'))
      .flatMap(({ tree }) => namesFrom(tree, '@nestjs/common'));
    expect(names.filter((name) => !['Injectable', 'Inject', 'Logger'].includes(name))).toEqual([]);
  });

  it('repositories stay inside their feature: no other one asks them', () => {
    const wrong = imports.filter(
      ({ from: path, to }) => to.endsWith('.repository.ts') && directory(path) !== directory(to),
    );
    expect(describeImports(wrong)).toEqual([]);
  });

  it('sessions/ does not know messages/, but for one type in its entity', () => {
    const known = from(/^sessions\//).filter(({ to }) => directory(to) === 'messages');
    expect(describeImports(known)).toEqual([
      'sessions/chat-session.entity.ts imports types of messages/chat-message.entity.ts',
    ]);
  });

  it('auth/ knows no way to trust but tokens; moodle/ knows auth/ and nobody whose chats it lets at', () => {
    const rooms = (name: string) => [...new Set(from(new RegExp(`^${name}/`)).map(({ to }) => directory(to)))];
    expect(rooms('auth').filter((name) => features.includes(name))).toEqual(['auth', 'owners']);
    expect(
      rooms('moodle')
        .filter((name) => features.includes(name))
        .sort(),
    ).toEqual(['auth', 'moodle', 'owners']);
  });

  it('owners/ knows neither sessions/ nor messages/', () => {
    expect(
      describeImports(from(/^owners\//).filter(({ to }) => ['sessions', 'messages'].includes(directory(to)))),
    ).toEqual([]);
  });

  it('common/ and config/ know no feature', () => {
    const wrong = from(/^(common|config)\//).filter(
      ({ to }) => isFile(to) && !['common', 'config'].includes(directory(to)),
    );
    expect(describeImports(wrong)).toEqual([]);
  });

  it('services, repositories, common/ and import/ do not know http/', () => {
    const wrong = from(/\.(service|repository)\.ts$|^(common|config|database|import|owners)\//).filter(
      ({ to }) => directory(to) === 'http',
    );
    expect(describeImports(wrong)).toEqual([]);
  });

  it('http/ knows no feature but auth/', () => {
    const wrong = from(/^http\//).filter(({ to }) => features.includes(directory(to)) && directory(to) !== 'auth');
    expect(describeImports(wrong)).toEqual([]);
    expect(describeImports(from(/^auth\//).filter(({ to }) => directory(to) === 'http'))).toEqual([]);
  });

  it('database/ knows no feature but by the one list of entities', () => {
    const wrong = from(/^database\//).filter(
      ({ from: path, to }) => features.includes(directory(to)) && path !== 'database/entities.ts',
    );
    expect(describeImports(wrong)).toEqual([]);
  });

  it('openapi/ knows no feature', () => {
    expect(describeImports(from(/^openapi\//).filter(({ to }) => features.includes(directory(to))))).toEqual([]);
  });

  it('nobody knows legacy/ but the one line that adds it', () => {
    const wrong = imports.filter(({ from: path, to }) => directory(to) === 'legacy' && directory(path) !== 'legacy');
    expect(describeImports(wrong.filter(({ from: path }) => path !== 'app.module.ts'))).toEqual([]);
  });

  it('nobody knows import/ but its command and the list of entities, and it knows of features only rules, owners and the Moodle connection', () => {
    const knowing = imports.filter(({ from: path, to }) => directory(to) === 'import' && directory(path) !== 'import');
    const known = ['cli/import-moodle.ts', 'database/entities.ts'];
    expect(describeImports(knowing.filter(({ from: path }) => !known.includes(path)))).toEqual([]);
    const wrong = from(/^import\//).filter(
      ({ to }) =>
        isFile(to) &&
        !['import', 'database', 'common', 'config', 'owners'].includes(directory(to)) &&
        !to.endsWith('-rules.ts') &&
        to !== 'moodle/moodle-database.ts',
    );
    expect(describeImports(wrong)).toEqual([]);
  });

  it('only its command imports copy/, which imports no feature', () => {
    const knowing = imports.filter(({ from: path, to }) => directory(to) === 'copy' && directory(path) !== 'copy');
    expect(describeImports(knowing.filter(({ from: path }) => path !== 'cli/copy.ts'))).toEqual([]);
    const wrong = from(/^copy\//).filter(
      ({ to }) => isFile(to) && !['copy', 'database', 'common', 'config'].includes(directory(to)),
    );
    expect(describeImports(wrong)).toEqual([]);
  });

  it('only its command imports seed/, which imports services and owners and no SQL', () => {
    const knowing = imports.filter(({ from: path, to }) => directory(to) === 'seed' && directory(path) !== 'seed');
    expect(describeImports(knowing.filter(({ from: path }) => path !== 'cli/seed.ts'))).toEqual([]);
    const wrong = from(/^seed\//).filter(
      ({ to }) => directory(to) !== 'seed' && to !== 'owners/owner.ts' && !to.endsWith('.service.ts'),
    );
    expect(describeImports(wrong)).toEqual([]);
  });

  it('main.ts knows server/ alone, and nobody else does but the commands', () => {
    expect(describeImports(from(/^main\.ts$/).filter(({ to }) => directory(to) !== 'server'))).toEqual([]);
    const knowing = imports.filter(({ to }) => directory(to) === 'server').map(({ from: path }) => directory(path));
    expect(knowing.filter((name) => !['', 'server', 'cli'].includes(name))).toEqual([]);
  });

  it('nobody knows a program', () => {
    expect(describeImports(imports.filter(({ to }) => directory(to) === 'cli' || to === 'main.ts'))).toEqual([]);
  });

  it('the environment is read in config/ alone', () => {
    const readers = files.filter(({ path, tree }) => directory(path) !== 'config' && readsEnvironment(tree));
    expect(readers.map(({ path }) => path)).toEqual([]);
    expect(files.some(({ tree }) => readsEnvironment(tree))).toBe(true);
  });

  it('has no barrels', () => {
    expect(files.filter(({ path }) => /(^|\/)index\.ts$/.test(path)).map(({ path }) => path)).toEqual([]);
    expect(describeImports(imports.filter(({ reExport }) => reExport))).toEqual([]);
  });

  it('has no cycles of imports at run time', () => {
    expect(cycles()).toEqual([]);
  });
});

function from(pattern: RegExp): Import[] {
  return imports.filter(({ from: path }) => pattern.test(path));
}

/** The names that a file imports from a package. */
function namesFrom(tree: ts.SourceFile, name: string): string[] {
  return tree.statements.filter(ts.isImportDeclaration).flatMap(({ moduleSpecifier, importClause }) => {
    const bindings = importClause?.namedBindings;
    if (!ts.isStringLiteral(moduleSpecifier) || moduleSpecifier.text !== name) return [];
    return bindings && ts.isNamedImports(bindings) ? bindings.elements.map((one) => one.name.text) : ['*'];
  });
}

function readsEnvironment(tree: ts.SourceFile): boolean {
  let found = namesFrom(tree, 'node:process').length > 0;
  walk(tree, (node) => {
    if (!ts.isPropertyAccessExpression(node) && !ts.isElementAccessExpression(node)) return;
    const property = ts.isPropertyAccessExpression(node) ? node.name.text : node.argumentExpression.getText();
    if (node.expression.getText() === 'process' && /^['"]?env['"]?$/.test(property)) found = true;
  });
  return found;
}

/** Each as the files on the way round. */
function cycles(): string[][] {
  const next = new Map<string, string[]>();
  for (const { from: path, to, typeOnly } of imports) {
    if (!typeOnly && isFile(to)) next.set(path, [...(next.get(path) ?? []), to]);
  }
  const done = new Set<string>();
  const found: string[][] = [];
  const visit = (path: string, way: string[]) => {
    if (way.includes(path)) found.push([...way.slice(way.indexOf(path)), path]);
    if (way.includes(path) || done.has(path)) return;
    for (const target of next.get(path) ?? []) visit(target, [...way, path]);
    done.add(path);
  };
  for (const { path } of files) visit(path, []);
  return found;
}
