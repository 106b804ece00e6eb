import { Module } from '@nestjs/common';
import { OwnersRepository } from './owners.repository.js';
import { OwnersService } from './owners.service.js';

@Module({ providers: [OwnersRepository, OwnersService], exports: [OwnersService] })
export class OwnersModule {}
