import type { Schema } from './json-schema.js';

/** The parts of the OpenAPI document that the tests read. */
export interface OpenApi {
  openapi: string;
  info: Record<string, unknown>;
  servers: { url: string }[];
  tags: { name: string; description?: string }[];
  paths: Record<string, Record<string, Operation>>;
  components: { schemas: Record<string, Schema>; securitySchemes: Record<string, unknown> };
}

export interface Operation {
  operationId: string;
  summary?: string;
  description?: string;
  tags?: string[];
  security?: Record<string, string[]>[];
  parameters?: { name: string; in: string; description?: string; schema?: Schema; example?: unknown }[];
  requestBody?: { required?: boolean; content: Record<string, Content> };
  responses: Record<string, OperationResponse>;
}

export interface OperationResponse {
  description: string;
  headers?: Record<string, unknown>;
  content?: Record<string, Content>;
}

export interface Content {
  schema?: Schema;
  example?: unknown;
  examples?: Record<string, { summary?: string; value: unknown }>;
}

export interface NamedOperation extends Operation {
  method: string;
  path: string;
}

export function operationsOf(document: OpenApi): NamedOperation[] {
  return Object.entries(document.paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => ({ ...operation, method: method.toUpperCase(), path })),
  );
}

/** All examples of a content: those it lists, or one that is built from the examples of its fields. */
export function examplesOf(document: OpenApi, { schema, example, examples }: Content): unknown[] {
  if (examples) return Object.values(examples).map(({ value }) => value);
  if (example !== undefined) return [example];
  const made = schema && exampleOf(document, schema);
  return made === undefined ? [] : [made];
}

function exampleOf(document: OpenApi, { $ref, ...given }: Schema): unknown {
  const schema: Schema = $ref ? (document.components.schemas[$ref.replace('#/components/schemas/', '')] ?? {}) : given;
  if (schema.example !== undefined) return schema.example;
  if (schema.items) return [exampleOf(document, schema.items)];
  if (!schema.properties) return undefined;
  const fields = Object.entries(schema.properties).map(([name, field]) => [name, exampleOf(document, field)] as const);
  return Object.fromEntries(fields.filter(([, value]) => value !== undefined));
}
