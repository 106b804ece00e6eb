import { ApiProperty } from '@nestjs/swagger';
import { Transform } from 'class-transformer';
import { IsInt, Max, Min } from 'class-validator';
import { IsText } from '../common/text-rule.decorator.js';
import { highestId, readId } from '../owners/owner.js';
import { isSesskey } from './moodle-login.js';

const cmidMessage = { message: `must be a whole number from 1 to ${highestId}` };

export class TradeLoginDto {
  @ApiProperty({
    type: 'integer',
    minimum: 1,
    maximum: highestId,
    description: 'The course module that the page is of.',
  })
  @Transform(({ value }: { value: unknown }) => readId(value) ?? value)
  @IsInt(cmidMessage)
  @Min(1, cmidMessage)
  @Max(highestId, cmidMessage)
  cmid!: number;

  @ApiProperty({ pattern: '^[A-Za-z0-9]{1,64}$', description: "Moodle's own, as it has printed it in the page." })
  @IsText((sesskey) => (isSesskey(sesskey) ? undefined : 'must be 1 to 64 of A-Z, a-z and 0-9'))
  sesskey!: string;
}

export class TokenDto {
  @ApiProperty({ description: 'For `Authorization: Bearer`.' })
  token!: string;

  @ApiProperty({ type: 'string', enum: ['Bearer'] })
  tokenType!: 'Bearer';

  @ApiProperty({ type: 'integer', description: 'Seconds until it ends.' })
  expiresIn!: number;
}

export const tradeExample: TradeLoginDto = { cmid: 12, sesskey: '2eswizBaBL' };
export const tokenExample: TokenDto = {
  token: 'eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.e30.c2lnbmF0dXJl',
  tokenType: 'Bearer',
  expiresIn: 900,
};
