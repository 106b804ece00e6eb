import fc, { type Arbitrary } from 'fast-check';
import { firstAddress, laterAddress, encodings } from '../legacy/client.js';
import { boundary, endOfParts, formTypes, part } from '../legacy/bodies.js';
import type { OpenApi } from '../rest/openapi.js';
import { textFor } from './schema-values.js';
import { anyText } from './texts.js';
import { damage, extraHeaders, otherMethods, placeholders, type HostileRequest } from './request.js';

type Field = [name: string, value: string];

const names = ['action', 'cmid', 'sesskey', 'session_id', 'role', 'content'];

/** Requests to the legacy endpoint, in each encoding, with the fields of the OpenAPI document. */
export function legacyRequests(document: OpenApi): Arbitrary<HostileRequest> {
  const { LegacyFormDto } = document.components.schemas;
  if (!LegacyFormDto?.properties) throw new Error('the document has no schema of the form');
  return fc
    .record({
      method: fc.oneof({ weight: 30, arbitrary: fc.constant('POST') }, { weight: 1, arbitrary: otherMethods }),
      path: fc.constantFrom(firstAddress, laterAddress),
      headers: extraHeaders,
      encoding: fc.constantFrom(...encodings),
      fields: formFields(LegacyFormDto.properties),
      damage,
    })
    .map(({ method, path, headers, encoding, fields, damage: change }) => ({
      ...{ method, path, target: path },
      headers: { 'content-type': formTypes[encoding], ...headers },
      body: change ? change(encode(fields, encoding)) : encode(fields, encoding),
      content: change ? undefined : contentOf(fields, encoding),
    }));
}

/** The fields of a form: those of most requests in most of them, each now and then twice, and foreign ones. */
function formFields(properties: Record<string, object>): Arbitrary<Field[]> {
  const fixed: Record<string, Arbitrary<string>> = {
    cmid: fc.constant('1'),
    sesskey: fc.constant(placeholders.token),
    session_id: fc.constant(placeholders.session),
  };
  const fields = Object.entries(properties).map(([name, schema]) => {
    const usual = fixed[name] ?? textFor(schema);
    const value = fc.oneof({ weight: 20, arbitrary: usual }, { weight: 1, arbitrary: textFor(schema) });
    return fc.tuple(fc.nat({ max: 299 }), value, value).map(([chance, first, second]): Field[] => {
      if (chance === 0)
        return [
          [name, first],
          [name, second],
        ];
      const isThere = names.includes(name) ? chance > 3 : chance < 60;
      return isThere ? [[name, first]] : [];
    });
  });
  const foreign = fc.oneof(
    { weight: 20, arbitrary: fc.constant<Field[]>([]) },
    { weight: 1, arbitrary: fc.array(fc.tuple(anyText, anyText), { maxLength: 5 }) },
  );
  return fc.tuple(fc.tuple(...fields), foreign).map(([known, more]) => [...known.flat(), ...more]);
}

function encode(fields: Field[], encoding: (typeof encodings)[number]): Buffer {
  if (encoding === 'urlencoded') return Buffer.from(new URLSearchParams(fields).toString());
  if (encoding === 'multipart') {
    return Buffer.from(fields.map(([name, value]) => part(quoted(name), value)).join('') + endOfParts);
  }
  return Buffer.from(`{${fields.map((field) => field.map((text) => JSON.stringify(text)).join(':')).join()}}`);
}

/** As browsers write names of fields. */
function quoted(name: string): string {
  return name.replaceAll('\r', '%0D').replaceAll('\n', '%0A').replaceAll('"', '%22');
}

/** What is to be stored: UTF-8 has no unpaired surrogates, and the endpoint drops NUL. */
function contentOf(fields: Field[], encoding: (typeof encodings)[number]): string | undefined {
  const contents = fields.filter(([name]) => name === 'content').map(([, value]) => value);
  const [content] = contents;
  if (content === undefined || contents.length > 1 || content.includes(`--${boundary}`)) return undefined;
  const sent = encoding === 'json' ? content : Buffer.from(content).toString();
  return sent.replaceAll('\0', '');
}
