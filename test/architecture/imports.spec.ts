import ts from 'typescript';
import { sourceFiles, walk, type Import } from './source-imports.js';

const files = sourceFiles();
const imports = files.flatMap((file) => file.imports);
const features = [
  'auth',
  'moodle',
  'owners',
  'quotas',
  'sessions',
  'messages',
  'branches',
  'trash',
  'search',
  'legacy',
  'health',
  'home',
  'metrics',
  'traces',
  'import',
  'copy',
  'backup',
  'doctor',
  'seed',
];

/** The imports as text, one line each. */
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
  it('are checked on all files and imports', () => {
    expect(files.length).toBeGreaterThan(60);
    expect(imports).toContainEqual({ from: 'main.ts', to: 'server/bootstrap.ts', typeOnly: false, reExport: false });
    expect(imports.filter(({ to }) => isFile(to) && !files.some(({ path }) => path === to))).toEqual([]);
  });

  it('only repositories, entities, database/ and the Moodle connection import TypeORM and the drivers', () => {
    const wrong = imports.filter(
      ({ from, to }) =>
        /^(typeorm|@nestjs\/typeorm|mysql2|@photostructure\/sqlite)(\/|$)/.test(to) &&
        directory(from) !== 'database' &&
        !/\.(repository|entity)\.ts$|^moodle\/moodle-database\.ts$/.test(from),
    );
    expect(describeImports(wrong)).toEqual([]);
  });

  it('controllers import their own service and DTOs, auth/, common/, http/, openapi/ and decorators', () => {
    const wrong = from(/\.controller\.ts$/).filter(({ from: path, to, typeOnly }) => {
      if (!isFile(to)) return !/^(@nestjs\/(common|swagger)$|fastify$)/.test(to) || (to === 'fastify' && !typeOnly);
      if (directory(to) === directory(path)) return /\.(repository|entity|module|controller)\.ts$/.test(to);
      if (to === 'owners/owner.ts') return !typeOnly;
      return !['auth', 'common', 'http', 'openapi'].includes(directory(to)) && !to.endsWith('.decorator.ts');
    });
    expect(describeImports(wrong)).toEqual([]);
  });

  it('services import neither HTTP nor TypeORM, and of other features only services, rules, errors and types', () => {
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

  it('services import nothing but injectables and the logger from @nestjs/common', () => {
    const names = files
      .filter(({ path }) => path.endsWith('.service.ts'))
      .flatMap(({ tree }) => namesFrom(tree, '@nestjs/common'));
    expect(names.filter((name) => !['Injectable', 'Inject', 'Logger'].includes(name))).toEqual([]);
  });

  it('repositories are imported only inside their feature', () => {
    const wrong = imports.filter(
      ({ from: path, to }) => to.endsWith('.repository.ts') && directory(path) !== directory(to),
    );
    expect(describeImports(wrong)).toEqual([]);
  });

  it('sessions/ does not import messages/, except for one type in its entity', () => {
    const found = from(/^sessions\//).filter(({ to }) => directory(to) === 'messages');
    expect(describeImports(found)).toEqual([
      'sessions/chat-session.entity.ts imports types of messages/chat-message.entity.ts',
    ]);
  });

  it('auth/ imports only owners/, and moodle/ only auth/ and owners/, of the features', () => {
    const imported = (name: string) => [...new Set(from(new RegExp(`^${name}/`)).map(({ to }) => directory(to)))];
    expect(imported('auth').filter((name) => features.includes(name))).toEqual(['auth', 'owners']);
    expect(
      imported('moodle')
        .filter((name) => features.includes(name))
        .sort(),
    ).toEqual(['auth', 'moodle', 'owners']);
  });

  it('owners/ imports neither sessions/ nor messages/', () => {
    expect(
      describeImports(from(/^owners\//).filter(({ to }) => ['sessions', 'messages'].includes(directory(to)))),
    ).toEqual([]);
  });

  it('only traces/ imports OpenTelemetry, and only app.setup.ts imports traces/, its packages when they are needed', () => {
    const ofPackages = imports.filter(({ to }) => to.startsWith('@opentelemetry/'));
    expect([...new Set(ofPackages.map(({ from: path }) => directory(path)))]).toEqual(['traces']);
    const ofTraces = imports.filter(({ from: path, to }) => directory(to) === 'traces' && directory(path) !== 'traces');
    expect([...new Set(ofTraces.map(({ from: path }) => path))]).toEqual(['app.setup.ts']);
    const eager = ['request-tracer.ts', 'trace-requests.ts'];
    expect(ofPackages.filter(({ from: path }) => eager.some((name) => path.endsWith(name)))).toEqual([]);
  });

  it('common/ and config/ import no feature', () => {
    const wrong = from(/^(common|config)\//).filter(
      ({ to }) => isFile(to) && !['common', 'config'].includes(directory(to)),
    );
    expect(describeImports(wrong)).toEqual([]);
  });

  it('services, repositories, common/, config/, database/, owners/ and import/ do not import http/', () => {
    const wrong = from(/\.(service|repository)\.ts$|^(common|config|database|import|owners)\//).filter(
      ({ to }) => directory(to) === 'http',
    );
    expect(describeImports(wrong)).toEqual([]);
  });

  it('http/ imports no feature except auth/', () => {
    const wrong = from(/^http\//).filter(({ to }) => features.includes(directory(to)) && directory(to) !== 'auth');
    expect(describeImports(wrong)).toEqual([]);
    expect(describeImports(from(/^auth\//).filter(({ to }) => directory(to) === 'http'))).toEqual([]);
  });

  it('database/ imports no feature except in the list of entities', () => {
    const wrong = from(/^database\//).filter(
      ({ from: path, to }) => features.includes(directory(to)) && path !== 'database/entities.ts',
    );
    expect(describeImports(wrong)).toEqual([]);
  });

  it('openapi/ imports no feature', () => {
    expect(describeImports(from(/^openapi\//).filter(({ to }) => features.includes(directory(to))))).toEqual([]);
  });

  it('only app.module.ts imports legacy/', () => {
    const wrong = imports.filter(({ from: path, to }) => directory(to) === 'legacy' && directory(path) !== 'legacy');
    expect(describeImports(wrong.filter(({ from: path }) => path !== 'app.module.ts'))).toEqual([]);
  });

  it('only its command and the list of entities import import/, which imports only rules, owners and the Moodle connection of features', () => {
    const importing = imports.filter(
      ({ from: path, to }) => directory(to) === 'import' && directory(path) !== 'import',
    );
    const allowed = ['cli/import-moodle.ts', 'database/entities.ts'];
    expect(describeImports(importing.filter(({ from: path }) => !allowed.includes(path)))).toEqual([]);
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

  it('only its commands import backup/, which imports no feature', () => {
    const knowing = imports.filter(({ from: path, to }) => directory(to) === 'backup' && directory(path) !== 'backup');
    expect(describeImports(knowing.filter(({ from: path }) => !/^cli\/(backup|restore)\.ts$/.test(path)))).toEqual([]);
    const wrong = from(/^backup\//).filter(
      ({ to }) => isFile(to) && !['backup', 'database', 'common', 'config'].includes(directory(to)),
    );
    expect(describeImports(wrong)).toEqual([]);
  });

  it('only its command imports doctor/, which imports no feature but auth/ and the inspection of moodle/', () => {
    const knowing = imports.filter(({ from: path, to }) => directory(to) === 'doctor' && directory(path) !== 'doctor');
    expect(describeImports(knowing.filter(({ from: path }) => path !== 'cli/doctor.ts'))).toEqual([]);
    const wrong = from(/^doctor\//).filter(
      ({ to }) =>
        isFile(to) &&
        !['doctor', 'auth', 'http', 'database', 'common', 'config'].includes(directory(to)) &&
        to !== 'moodle/moodle-inspection.ts',
    );
    expect(describeImports(wrong)).toEqual([]);
  });

  it('only its command imports seed/, which imports services, their errors and types, and no SQL', () => {
    const importing = imports.filter(({ from: path, to }) => directory(to) === 'seed' && directory(path) !== 'seed');
    expect(describeImports(importing.filter(({ from: path }) => path !== 'cli/seed.ts'))).toEqual([]);
    const wrong = from(/^seed\//).filter(
      ({ to, typeOnly }) => directory(to) !== 'seed' && !typeOnly && !/\.(service|errors)\.ts$/.test(to),
    );
    expect(describeImports(wrong)).toEqual([]);
  });

  it('main.ts imports only server/, which only main.ts and the commands import', () => {
    expect(describeImports(from(/^main\.ts$/).filter(({ to }) => directory(to) !== 'server'))).toEqual([]);
    const importing = imports.filter(({ to }) => directory(to) === 'server').map(({ from: path }) => directory(path));
    expect(importing.filter((name) => !['', 'server', 'cli'].includes(name))).toEqual([]);
  });

  it('no file imports main.ts or cli/', () => {
    expect(describeImports(imports.filter(({ to }) => directory(to) === 'cli' || to === 'main.ts'))).toEqual([]);
  });

  it('only config/ reads the environment', () => {
    const readers = files.filter(({ path, tree }) => directory(path) !== 'config' && readsEnvironment(tree));
    expect(readers.map(({ path }) => path)).toEqual([]);
    expect(files.some(({ tree }) => readsEnvironment(tree))).toBe(true);
  });

  it('there are no barrels', () => {
    expect(files.filter(({ path }) => /(^|\/)index\.ts$/.test(path)).map(({ path }) => path)).toEqual([]);
    expect(describeImports(imports.filter(({ reExport }) => reExport))).toEqual([]);
  });

  it('there are no import cycles at run time', () => {
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

/** The import cycles, each as a list of files that ends with its first file. */
function cycles(): string[][] {
  const next = new Map<string, string[]>();
  for (const { from: path, to, typeOnly } of imports) {
    if (!typeOnly && isFile(to)) next.set(path, [...(next.get(path) ?? []), to]);
  }
  const done = new Set<string>();
  const found: string[][] = [];
  const visit = (path: string, parents: string[]) => {
    if (parents.includes(path)) found.push([...parents.slice(parents.indexOf(path)), path]);
    if (parents.includes(path) || done.has(path)) return;
    for (const target of next.get(path) ?? []) visit(target, [...parents, path]);
    done.add(path);
  };
  for (const { path } of files) visit(path, []);
  return found;
}
