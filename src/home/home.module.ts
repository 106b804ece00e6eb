import { Module } from '@nestjs/common';
import { AuthModule } from '../auth/auth.module.js';
import { DocumentationController } from './documentation.controller.js';
import { HomeController } from './home.controller.js';
import { HomeInfo } from './home-info.js';

@Module({ imports: [AuthModule], controllers: [HomeController, DocumentationController], providers: [HomeInfo] })
export class HomeModule {}
