import { ApiProperty } from '@nestjs/swagger';

export class LivenessDto {
  @ApiProperty({ enum: ['ok'] })
  status!: 'ok';
}

export class ReadinessDto extends LivenessDto {
  @ApiProperty({ description: 'The version of the server.' })
  version!: string;
}
