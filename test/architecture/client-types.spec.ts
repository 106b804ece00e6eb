import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import ts from 'typescript';
import * as client from '../../client/multi-chat-manager.js';
import { root, walk } from './source-imports.js';

const types = join(root, 'client/multi-chat-manager.d.ts');
const script = join(root, 'client/multi-chat-manager.js');
const program = ts.createProgram([types], { strict: true, target: ts.ScriptTarget.ES2022, types: [] });
const checker = program.getTypeChecker();
const scriptTree = ts.createSourceFile(script, readFileSync(script, 'utf8'), ts.ScriptTarget.ES2022, true);

describe("the browser module's types", () => {
  it('compile without errors', () => {
    expect(ts.getPreEmitDiagnostics(program).map(({ messageText }) => messageText)).toEqual([]);
  });

  it('declare exactly the exports of the module', () => {
    expect(Object.keys(client).sort()).toEqual(['MultiChatError', 'MultiChatManager']);
    const values = exportsOf(program.getSourceFile(types)).filter(({ flags }) => flags & ts.SymbolFlags.Value);
    expect(values.map(({ name }) => name).sort()).toEqual(Object.keys(client).sort());
  });

  it('declare exactly the methods and properties of a manager', () => {
    const methods = Object.getOwnPropertyNames(client.MultiChatManager.prototype);
    expect(methods.length).toBeGreaterThan(9);
    expect(namesIn('MultiChatManager', ts.isMethodDeclaration)).toEqual(
      methods.filter((name) => name !== 'constructor').sort(),
    );
    expect(namesIn('MultiChatManager', ts.isPropertyDeclaration)).toEqual(Object.keys(new client.MultiChatManager()));
  });

  it('declare exactly the properties of an error', () => {
    const Error = client.MultiChatError as new (...given: unknown[]) => Error;
    const error = new Error('text', 'code', 503, 1000);
    expect(namesIn('MultiChatError', ts.isPropertyDeclaration)).toEqual(
      Object.keys(error)
        .filter((name) => name !== 'name')
        .sort(),
    );
    expect(error).toMatchObject({ name: 'MultiChatError', message: 'text', code: 'code', status: 503 });
  });

  const methods = classIn(scriptTree, 'MultiChatManager').members.filter(isPublicMethod);

  it.each(methods.map((method) => [nameOf(method), method] as const))(
    'declare the parameters of %s',
    (name, method) => {
      const declared = membersOf('MultiChatManager').find((member) => nameOf(member) === name) as typeof method;
      expect(declared.parameters).toHaveLength(method.parameters.length);
      const required = declared.parameters.filter((parameter) => !isOptional(parameter));
      expect(method.parameters.filter(isOptional).length).toBeLessThanOrEqual(
        method.parameters.length - required.length,
      );
    },
  );

  it.each(['constructor', 'loadSessionPage', 'listChatsPage', 'saveMessage', 'findChats', 'search', 'beginReply'])(
    'declare the options of %s',
    (name) => {
      const method = methods.find((member) => nameOf(member) === name);
      const declared = membersOf('MultiChatManager').find((member) => nameOf(member) === name) as typeof method;
      const options = declared?.parameters.at(-1);
      if (!method || !options) throw new Error(`there is no ${name}`);
      const properties = checker.getNonNullableType(checker.getTypeAtLocation(options)).getProperties();
      expect(properties.map((property) => property.name).sort()).toEqual(firstNamesReadIn(method));
    },
  );
});

/** The names that the first destructuring pattern in the method reads. */
function firstNamesReadIn(method: Callable): string[] {
  const patterns: ts.ObjectBindingPattern[] = [];
  walk(method, (node) => {
    if (ts.isObjectBindingPattern(node)) patterns.push(node);
  });
  const elements = patterns[0]?.elements ?? [];
  return elements.map(({ propertyName, name }) => (propertyName ?? name).getText()).sort();
}

type Callable = ts.MethodDeclaration | ts.ConstructorDeclaration;

function isPublicMethod(member: ts.ClassElement): member is Callable {
  const isMethod = ts.isMethodDeclaration(member) || ts.isConstructorDeclaration(member);
  return isMethod && !(member.name && ts.isPrivateIdentifier(member.name));
}

function exportsOf(file: ts.SourceFile | undefined): ts.Symbol[] {
  const symbol = file && checker.getSymbolAtLocation(file);
  return symbol ? checker.getExportsOfModule(symbol) : [];
}

function classIn(file: ts.SourceFile | undefined, name: string): ts.ClassDeclaration {
  let found: ts.ClassDeclaration | undefined;
  if (file) {
    walk(file, (node) => {
      if (ts.isClassDeclaration(node) && node.name?.text === name) found = node;
    });
  }
  if (!found) throw new Error(`there is no class ${name}`);
  return found;
}

/** The members of a class in the declaration file. */
function membersOf(name: string): readonly ts.ClassElement[] {
  return classIn(program.getSourceFile(types), name).members;
}

function namesIn(className: string, is: (member: ts.ClassElement) => boolean): string[] {
  return membersOf(className).filter(is).map(nameOf).sort();
}

function nameOf(member: ts.ClassElement): string {
  return member.name?.getText() ?? 'constructor';
}

function isOptional({ questionToken, initializer }: ts.ParameterDeclaration): boolean {
  return questionToken !== undefined || initializer !== undefined;
}
