import { applyDecorators } from '@nestjs/common';
import {
  ApiBearerAuth,
  ApiBody,
  ApiConsumes,
  ApiCookieAuth,
  ApiExtraModels,
  ApiOkResponse,
  ApiOperation,
  ApiResponse,
  ApiSecurity,
  getSchemaPath,
} from '@nestjs/swagger';
import { documentedHeaders } from '../../openapi/api-problems.decorator.js';
import { errorCatalogue } from './error-catalogue.js';
import { formTypes } from '../parsing/form.js';
import { LegacyAnswerDto, LegacyFailureDto } from './legacy-response.dto.js';
import { LegacyFormDto } from './legacy-request.dto.js';
import { answerExamples, requestExamples } from './examples.js';

/** Documents the endpoint in OpenAPI: the fields, and an example of each action and each error. */
export function ApiLegacy(operationId: string, summary: string): MethodDecorator {
  const statuses = [...new Set(Object.values(errorCatalogue).map(({ status }) => status))];
  return applyDecorators(
    ApiBearerAuth(),
    ApiCookieAuth('moodle'),
    // A token in the form: OpenAPI has no security scheme for a field of a body.
    ApiSecurity({}),
    ApiConsumes(...[...formTypes].reverse(), 'application/json'),
    ApiExtraModels(LegacyAnswerDto, LegacyFailureDto),
    ApiOperation({
      operationId,
      summary,
      description:
        'The field `action` selects the operation; docs/legacy-endpoint.md lists the fields of each. Begin with `append_message`, ' +
        'which creates the chat that the other examples use. The credential is a token in `Authorization: Bearer` or in the ' +
        'field `sesskey`; with AUTH=moodle also the `sesskey` of a page of Moodle together with its cookie.',
    }),
    ApiBody({ type: LegacyFormDto, examples: valuesOf(requestExamples) }),
    ApiOkResponse({
      description: 'The action was performed.',
      content: {
        'application/json': { schema: { $ref: getSchemaPath(LegacyAnswerDto) }, examples: valuesOf(answerExamples) },
      },
    }),
    ...statuses.map(errorResponse),
  );
}

function errorResponse(status: number): MethodDecorator {
  const codes = Object.entries(errorCatalogue).filter(([, error]) => error.status === status);
  const bodies = codes.map(([code, { error }]) => [code, { success: false, error, code }]);
  return ApiResponse({
    status,
    description: codes.map(([code, { error }]) => `\`${code}\`: ${error}`).join('; '),
    content: {
      'application/json': {
        schema: { $ref: getSchemaPath(LegacyFailureDto) },
        examples: valuesOf(Object.fromEntries(bodies) as Record<string, object>),
      },
    },
    ...(documentedHeaders[status] && { headers: documentedHeaders[status] }),
  });
}

function valuesOf(examples: Record<string, object>): Record<string, { value: object }> {
  return Object.fromEntries(Object.entries(examples).map(([name, value]) => [name, { value }]));
}
