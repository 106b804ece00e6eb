import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { DependencyCheckDto } from '../http/problem.dto.js';

export class LivenessDto {
  @ApiProperty({ enum: ['ok'] })
  status!: 'ok';
}

export class ReadinessDto extends LivenessDto {
  @ApiProperty({ description: 'The version of the server.' })
  version!: string;

  @ApiPropertyOptional({ type: [DependencyCheckDto], description: 'With `?verbose` only.' })
  checks?: DependencyCheckDto[];
}
