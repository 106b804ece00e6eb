/**
 * A mutator for what Stryker's own mutators do not change: conditions and orders in SQL texts, and the criteria of
 * TypeORM's queries.
 */
export const sqlMutator = {
  name: 'Sql',
  *mutate(path) {
    const { node, parent } = path;
    if (path.isStringLiteral() && !isSetClause(parent)) {
      for (const value of changedTexts(node.value)) yield { type: 'StringLiteral', value };
    }
    if (path.isTemplateLiteral()) {
      for (const [index, { value }] of node.quasis.entries()) {
        for (const raw of changedTexts(value.raw)) yield withQuasi(node, index, raw);
      }
    }
    if (path.isReferencedIdentifier() && ['ownerCondition', 'ownerFilter'].includes(node.name)) {
      for (const value of changedTexts('writeassistdevid = ? AND userid = ?')) yield { type: 'StringLiteral', value };
    }
    if (path.isObjectExpression() && isCriteria(path)) yield* changedCriteria(node);
  },
};

/** The statement keeps its number of parameters, so that it still runs. */
const changes = [
  // Always true: the statement finds rows of other owners, or too many of this one.
  [/(?<=^|\b(?:WHERE|AND|ON) \(?)[a-z_.]+ = \?(?! *,)/g, () => '? IS NOT NULL'],
  [/(?<=\b(?:WHERE|AND|ON) )[a-z_]+\.[a-z_]+ = [a-z_]+\.[a-z_]+/g, () => '1 = 1'],
  [/(?<!<)[<>]=?(?= \?)/g, (operator) => (operator.length === 2 ? operator[0] : `${operator}=`)],
  [/<>(?= \?)/g, () => '='],
  [/ DESC\b/g, () => ' ASC'],
  [/ FOR UPDATE\b/g, () => ''],
  [/(?<=[a-z_}] )\+ 1\b/g, () => '- 1'],
];

function* changedTexts(text) {
  for (const [pattern, replace] of changes) {
    for (const { 0: found, index } of text.matchAll(pattern)) {
      yield text.slice(0, index) + replace(found) + text.slice(index + found.length);
    }
  }
}

function withQuasi(node, index, raw) {
  const quasis = node.quasis.map((quasi, other) => (other === index ? { ...quasi, value: { raw } } : quasi));
  return { type: 'TemplateLiteral', quasis, expressions: node.expressions };
}

/** In a `set` clause `column = ?` is an assignment. */
function isSetClause(parent) {
  return parent.type === 'ObjectProperty' && parent.key.name === 'set';
}

/** The value of `where`, or the first argument of `delete`, `update` and `findOneBy`. */
function isCriteria({ parent, key }) {
  if (parent.type === 'ObjectProperty') return parent.key.name === 'where';
  return key === 0 && parent.type === 'CallExpression' && criteriaMethods.includes(parent.callee.property?.name);
}

const criteriaMethods = ['delete', 'update', 'findOneBy'];

/** Without one property; of an owner, without one of its two. */
function* changedCriteria({ properties }) {
  if (properties.length < 2) return;
  for (const left of properties) {
    const replacements =
      left.type === 'SpreadElement' ? ['activityId', 'userId'].map((name) => [pick(left, name)]) : [[]];
    for (const replacement of replacements) {
      yield {
        type: 'ObjectExpression',
        properties: properties.flatMap((property) => (property === left ? replacement : [property])),
      };
    }
  }
}

function pick({ argument: object }, name) {
  const key = { type: 'Identifier', name };
  const value = { type: 'MemberExpression', object, property: key, computed: false };
  return { type: 'ObjectProperty', key, value, computed: false, shorthand: false };
}
