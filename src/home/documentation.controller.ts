import { Controller, Get, Header, NotFoundException, Param } from '@nestjs/common';
import { ApiExcludeController } from '@nestjs/swagger';
import { Public } from '../auth/public.decorator.js';
import { HomeInfo, documentationPath } from './home-info.js';

/** Serves the documentation of this version as plain text, for people who have no copy of it. */
@ApiExcludeController()
@Public()
@Controller(documentationPath)
export class DocumentationController {
  constructor(private readonly info: HomeInfo) {}

  @Get(':name')
  @Header('content-type', 'text/plain; charset=utf-8')
  read(@Param('name') name: string): string {
    const text = this.info.readDocument(name);
    if (text === undefined) throw new NotFoundException();
    return text;
  }
}
