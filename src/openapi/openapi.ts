import type { INestApplication } from '@nestjs/common';
import { DocumentBuilder, SwaggerModule, type OpenAPIObject } from '@nestjs/swagger';
import { JsonText } from '../common/json-text.js';
import { serviceName, version } from '../common/version.js';

const serverDescription = 'This server';

/** Creates the OpenAPI 3.1 document of the API. The file `openapi.json` is a copy of it. */
export function openApiDocument(app: INestApplication): OpenAPIObject {
  const description = new DocumentBuilder()
    .setOpenAPIVersion('3.1.0')
    .setTitle(serviceName)
    .setDescription(
      'Keeps many independent chat sessions for each user of each activity, with their messages. ' +
        'The token determines the user and the activity. Errors are `application/problem+json` (RFC 9457) with a stable `code`.',
    )
    .setVersion(version)
    .setLicense('MIT', 'https://spdx.org/licenses/MIT.html')
    .addServer('/', serverDescription)
    .addTag('sessions', 'Chats: create, list, rename, switch, delete')
    .addTag('messages', 'The turns of a chat: save, read in order, clear')
    .addTag('search', 'Find titles and messages')
    .addTag('token', 'For pages of Moodle that have no token yet')
    .addTag('legacy', "The plugin's own endpoint, for its pages")
    .addTag('health', 'For operators and probes')
    .addBearerAuth({ type: 'http', scheme: 'bearer', bearerFormat: 'JWT', description: '`npm run token` prints one.' })
    .addCookieAuth(
      'MoodleSession',
      {
        type: 'apiKey',
        in: 'cookie',
        description: "Moodle's session cookie; the request also needs the sesskey of the page.",
      },
      'moodle',
    )
    .build();
  description.info.contact = { name: 'The maintainers of this repository' };
  return withInstances(withoutEmptyTags(withoutJsonText(SwaggerModule.createDocument(app, description))));
}

/**
 * The document with the path under which a client reaches the server. Not an absolute URL, which would break "Execute"
 * on the docs page under its content security policy.
 * @param path without a trailing slash; empty for the root
 */
export function withServerPath(document: OpenAPIObject, path: string): OpenAPIObject {
  return { ...document, servers: [{ url: path === '' ? '/' : path, description: serverDescription }] };
}

/** Removes the class of JSON texts, which Nest adds to the schemas of payloads: it would not allow lists. */
function withoutJsonText(document: OpenAPIObject): OpenAPIObject {
  const { [JsonText.name]: _, ...schemas } = document.components?.schemas ?? {};
  for (const schema of Object.values(schemas)) {
    const { properties = {} } = schema as { properties?: Record<string, { oneOf?: unknown; allOf?: unknown }> };
    for (const property of Object.values(properties)) if (property.oneOf) delete property.allOf;
  }
  return { ...document, components: { ...document.components, schemas } };
}

/** Removes tags without operations: without AUTH=moodle there is no token exchange. */
function withoutEmptyTags(document: OpenAPIObject): OpenAPIObject {
  const operations = Object.values(document.paths).flatMap((path) => Object.values(path) as { tags?: string[] }[]);
  const used = new Set(operations.flatMap(({ tags = [] }) => tags));
  document.tags = document.tags?.filter(({ name }) => used.has(name)) ?? [];
  return document;
}

/** Sets `instance` of each example problem to the path of its operation. */
function withInstances(document: OpenAPIObject): OpenAPIObject {
  for (const [path, operations] of Object.entries(document.paths)) {
    for (const operation of Object.values(operations) as OperationLike[]) {
      const instance = path.replaceAll(/\{(\w+)\}/g, (_, name: string) => exampleOf(operation, name));
      for (const { content } of Object.values(operation.responses)) {
        const { examples = {} } = content?.['application/problem+json'] ?? {};
        for (const { value } of Object.values(examples)) value.instance = instance;
      }
    }
  }
  return document;
}

/** The part of an operation in the document that is used here. */
interface OperationLike {
  parameters?: { name: string; schema: { example?: unknown } }[];
  responses: Record<
    string,
    { content?: Record<string, { examples?: Record<string, { value: { instance: string } }> }> }
  >;
}

function exampleOf({ parameters = [] }: OperationLike, name: string): string {
  return String(parameters.find((parameter) => parameter.name === name)?.schema.example);
}
