import { ApiProperty } from '@nestjs/swagger';
import { Transform } from 'class-transformer';
import { IsInt, Max, Min } from 'class-validator';
import { MatchesRule } from '../http/text-rule.js';
import { maxId, parseId } from '../owners/owner.js';
import { isSesskey } from './moodle-credential.js';

const cmidMessage = { message: `must be a whole number from 1 to ${maxId}` };

export class ExchangeTokenDto {
  @ApiProperty({
    type: 'integer',
    minimum: 1,
    maximum: maxId,
    description: 'The course module of the page.',
  })
  @Transform(({ value }: { value: unknown }) => parseId(value) ?? value)
  @IsInt(cmidMessage)
  @Min(1, cmidMessage)
  @Max(maxId, cmidMessage)
  cmid!: number;

  @ApiProperty({ pattern: '^[A-Za-z0-9]{1,64}$', description: 'The sesskey that Moodle puts into its pages.' })
  @MatchesRule((sesskey) => (isSesskey(sesskey) ? undefined : 'must be 1 to 64 characters of A-Z, a-z and 0-9'))
  sesskey!: string;
}

export class TokenDto {
  @ApiProperty({ description: 'For `Authorization: Bearer`.' })
  token!: string;

  @ApiProperty({ type: 'string', enum: ['Bearer'] })
  tokenType!: 'Bearer';

  @ApiProperty({ type: 'integer', description: 'Lifetime of the token in seconds.' })
  expiresIn!: number;
}

export const exchangeExample: ExchangeTokenDto = { cmid: 12, sesskey: '2eswizBaBL' };
export const tokenExample: TokenDto = {
  token: 'eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.e30.c2lnbmF0dXJl',
  tokenType: 'Bearer',
  expiresIn: 900,
};
