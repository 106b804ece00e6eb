import { Controller, Get, Headers, Res } from '@nestjs/common';
import { ApiExcludeController } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import { bearerToken } from '../auth/bearer.js';
import { Public } from '../auth/public.decorator.js';
import { metricsPath } from './metrics.js';
import { MetricsAccess } from './metrics-access.js';

/** Has a token of its own, METRICS_TOKEN, which is not that of an owner. */
@ApiExcludeController()
@Public()
@Controller(metricsPath)
export class MetricsController {
  constructor(private readonly access: MetricsAccess) {}

  @Get()
  async read(
    @Headers('authorization') authorization: string | undefined,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<string> {
    const text = await this.access.read(bearerToken(authorization));
    reply.type(this.access.contentType);
    return text;
  }
}
