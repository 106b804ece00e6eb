import { Injectable, NotFoundException } from '@nestjs/common';
import { InjectRepository } from '@nestjs/typeorm';
import { Repository } from 'typeorm';
import type { SaveDto } from './chats.controller.js';
import { ObviousMessage, ObviousSession } from './entities.js';

@Injectable()
export class ChatsService {
  constructor(
    @InjectRepository(ObviousSession) private readonly sessions: Repository<ObviousSession>,
    @InjectRepository(ObviousMessage) private readonly messages: Repository<ObviousMessage>,
  ) {}

  async save(userId: number, name: string, { role, content }: SaveDto): Promise<ObviousMessage> {
    const session = await this.find(userId, name);
    const message = await this.messages.save(this.messages.create({ session, role, content, timestamp: new Date() }));
    session.updatedAt = new Date();
    await this.sessions.save(session);
    return message;
  }

  async list(userId: number, name: string, take: number): Promise<ObviousMessage[]> {
    const session = await this.find(userId, name);
    return this.messages.find({ where: { session: { id: session.id } }, order: { timestamp: 'ASC', id: 'ASC' }, take });
  }

  findAll(userId: number, take: number): Promise<ObviousSession[]> {
    return this.sessions.find({ where: { userId }, order: { updatedAt: 'DESC' }, take });
  }

  async activate(userId: number, name: string): Promise<ObviousSession> {
    const session = await this.find(userId, name);
    await this.sessions.update({ userId }, { isActive: false });
    session.isActive = true;
    return this.sessions.save(session);
  }

  private async find(userId: number, name: string): Promise<ObviousSession> {
    const session = await this.sessions.findOne({ where: { userId, name } });
    if (!session) throw new NotFoundException();
    return session;
  }
}
