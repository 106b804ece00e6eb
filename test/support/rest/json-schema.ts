/** The part of JSON Schema that the OpenAPI document uses. */
export interface Schema {
  default?: string | number | boolean;
  $ref?: string;
  type?: string | string[];
  enum?: unknown[];
  properties?: Record<string, Schema>;
  required?: string[];
  items?: Schema;
  maxItems?: number;
  format?: string;
  pattern?: string;
  minimum?: number;
  maximum?: number;
  minLength?: number;
  maxLength?: number;
  example?: unknown;
  /** Of fields that `properties` does not name. */
  additionalProperties?: Schema | boolean;
  anyOf?: Schema[];
  oneOf?: Schema[];
}

const known = [
  ...['$ref', 'type', 'enum', 'properties', 'required', 'items', 'format', 'pattern', 'minimum', 'maximum'],
  ...['minLength', 'maxLength', 'example', 'examples', 'default', 'description', 'nullable'],
  ...['additionalProperties', 'anyOf', 'oneOf', 'maxProperties', 'minItems', 'maxItems'],
];
const isoTime = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}\.\d{3}Z$/;

/** Returns the differences of a value from a schema, one line each; also for fields that the schema does not describe. */
export class SchemaChecker {
  constructor(readonly schemas: Record<string, Schema>) {}

  problems(value: unknown, given: Schema, at = ''): string[] {
    const schema = this.resolve(given);
    const unknown = Object.keys(schema).filter((key) => !known.includes(key));
    if (unknown.length > 0) throw new Error(`this checker does not know ${unknown.join(', ')}`);
    const choices = schema.anyOf ?? schema.oneOf;
    if (choices?.every((choice) => this.problems(value, choice, at).length > 0)) {
      return [`${at} is none of the choices: ${JSON.stringify(value)}`];
    }
    const types = [schema.type ?? []].flat();
    if (types.length > 0 && !types.some((type) => hasType(value, type))) {
      return [`${at} is not ${types.join(' or ')}: ${JSON.stringify(value)}`];
    }
    const found = schema.enum && !schema.enum.includes(value) ? [`${at} is none of ${schema.enum.join(', ')}`] : [];
    if (typeof value === 'string') found.push(...textProblems(value, schema, at));
    if (typeof value === 'number' && !(value >= (schema.minimum ?? value) && value <= (schema.maximum ?? value))) {
      found.push(`${at} is out of range: ${value}`);
    }
    if (Array.isArray(value)) {
      found.push(...value.flatMap((item, index) => this.problems(item, schema.items ?? {}, `${at}/${index}`)));
    } else if (typeof value === 'object' && value !== null && (schema.properties || !choices)) {
      found.push(...this.objectProblems(value as Record<string, unknown>, schema, at));
    }
    return found;
  }

  resolve(schema: Schema): Schema {
    if (schema.$ref === undefined) return schema;
    const named = this.schemas[schema.$ref.replace('#/components/schemas/', '')];
    if (!named) throw new Error(`${schema.$ref} leads nowhere`);
    return named;
  }

  private objectProblems(value: Record<string, unknown>, schema: Schema, at: string): string[] {
    const { properties = {}, required = [], additionalProperties } = schema;
    return [
      ...required.filter((name) => !(name in value)).map((name) => `${at}/${name} is missing`),
      ...Object.entries(value).flatMap(([name, field]) => {
        const described = properties[name] ?? additionalProperties;
        if (described === true) return [];
        return described ? this.problems(field, described, `${at}/${name}`) : [`${at}/${name} is not described`];
      }),
    ];
  }
}

function textProblems(text: string, schema: Schema, at: string): string[] {
  const { format, pattern, minLength = 0, maxLength = Infinity } = schema;
  return [
    ...(format === 'date-time' && !isoTime.test(text) ? [`${at} is no time: ${text}`] : []),
    ...(pattern !== undefined && !new RegExp(pattern).test(text) ? [`${at} does not match ${pattern}`] : []),
    ...(text.length < minLength || text.length > maxLength ? [`${at} has a wrong length`] : []),
  ];
}

function hasType(value: unknown, type: string): boolean {
  if (type === 'null') return value === null;
  if (type === 'array') return Array.isArray(value);
  if (type === 'integer') return Number.isInteger(value);
  if (type === 'object') return typeof value === 'object' && value !== null && !Array.isArray(value);
  return typeof value === type;
}
