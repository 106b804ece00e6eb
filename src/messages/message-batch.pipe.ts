import { Injectable, type PipeTransform } from '@nestjs/common';
import { ValidationFailedError, type FieldProblem } from '../common/domain-error.js';
import { inPieces } from '../common/in-pieces.js';
import { parseJsonObjects } from '../http/json-body-parser.js';
import { RequestValidationPipe } from '../http/request-validation.pipe.js';
import { SaveInBatchDto, maxBatchMessages, parsedMessages, type MessageBatchDto } from './message-batch.dto.js';
import { SaveMessageDto } from './message.dto.js';

/** Problems that are reported at most. */
const maxProblems = 50;

/** Validates each message of a batch as a message that is sent alone. */
@Injectable()
export class MessageBatchPipe implements PipeTransform<MessageBatchDto, Promise<MessageBatchDto>> {
  readonly #validation = new RequestValidationPipe();

  /** @throws ValidationFailedError with the place of each wrong field */
  async transform(batch: MessageBatchDto): Promise<MessageBatchDto> {
    const items = await inPieces(parseJsonObjects(batch.messages, maxBatchMessages));
    if (!items) {
      const detail = `must be a list of 1 to ${maxBatchMessages} objects`;
      throw new ValidationFailedError([{ in: 'body', pointer: '/messages', detail }]);
    }
    const problems: FieldProblem[] = [];
    for (const [index, item] of items.entries()) {
      try {
        const dto = this.#validation.transform(item, { type: 'body', metatype: SaveInBatchDto }) as SaveInBatchDto;
        batch[parsedMessages].push(SaveMessageDto.message(dto));
      } catch (error) {
        if (!(error instanceof ValidationFailedError)) throw error;
        problems.push(
          ...error.problems.map((problem) => ({ ...problem, pointer: `/messages/${index}${problem.pointer}` })),
        );
      }
    }
    if (problems.length > 0) throw new ValidationFailedError(problems.slice(0, maxProblems));
    return batch;
  }
}
