import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import ts from 'typescript';
import { root, walk } from './source-imports.js';

/** The error codes in a source: those of constructors of errors, and of `code` properties. */
export function codesOf(tree: ts.SourceFile): string[] {
  const codes: string[] = [];
  walk(tree, (node) => {
    if (ts.isCallExpression(node) && node.expression.kind === ts.SyntaxKind.SuperKeyword) codes.push(...second(node));
    if (ts.isNewExpression(node) && node.expression.getText() === 'HttpError') codes.push(...second(node));
    if (ts.isPropertyAssignment(node) && node.name.getText() === 'code' && ts.isStringLiteral(node.initializer)) {
      codes.push(node.initializer.text);
    }
  });
  return codes;
}

function second({ arguments: given }: ts.CallExpression | ts.NewExpression): string[] {
  const argument = given?.[1];
  return argument && ts.isStringLiteral(argument) ? [argument.text] : [];
}

/** `<code> <status>` of every list item `- \`code\` (status): ...` of a page, sorted. */
export function documentedCodes(page: string): string[] {
  const text = readFileSync(join(root, page), 'utf8');
  const items = [...text.matchAll(/^- `([a-z_]+)` \((\d{3})\): /gm)];
  return items.map(([, code, status]) => `${code} ${status}`).sort();
}

/** `<code> <status>` of every entry of a catalogue, sorted. */
export function codesWithStatus(catalogue: Record<string, { status: number }>): string[] {
  return Object.entries(catalogue)
    .map(([code, { status }]) => `${code} ${status}`)
    .sort();
}
