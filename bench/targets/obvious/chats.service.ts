import { Injectable, NotFoundException } from '@nestjs/common';
import { InjectRepository } from '@nestjs/typeorm';
import { Repository } from 'typeorm';
import type { SaveDto } from './chats.controller.js';
import { ObviousMessage, ObviousSession } from './entities.js';

/** A page of messages. */
export class MessagePage {
  data!: ObviousMessage[];
  nextCursor!: string | null;
  lastSequence!: number;
}

/** A page of sessions. */
export class SessionPage {
  data!: ObviousSession[];
  nextCursor!: string | null;
}

@Injectable()
export class ChatsService {
  constructor(
    @InjectRepository(ObviousSession) private readonly sessions: Repository<ObviousSession>,
    @InjectRepository(ObviousMessage) private readonly messages: Repository<ObviousMessage>,
  ) {}

  async save(userId: number, id: string, body: SaveDto): Promise<ObviousMessage> {
    const session = await this.find(userId, id);
    const now = new Date();
    const message = this.messages.create({
      session,
      role: body.role,
      content: body.content,
      clientMessageId: body.clientMessageId ?? null,
      timestamp: now,
      createdAt: now,
      sequence: (await this.messages.count({ where: { session: { key: session.key } } })) + 1,
    });
    await this.messages.save(message);
    session.lastActivityAt = session.modifiedAt = now;
    if (message.role === 'user') session.lastReadSequence = message.sequence;
    await this.sessions.save(session);
    return message;
  }

  async list(userId: number, id: string, limit: number): Promise<MessagePage> {
    const session = await this.find(userId, id);
    const found = await this.messages.find({
      where: { session: { key: session.key } },
      relations: { session: true },
      order: { timestamp: 'ASC', sequence: 'ASC' },
      take: limit + 1,
    });
    const data = found.slice(0, limit);
    const last = data.at(-1);
    return Object.assign(new MessagePage(), {
      data,
      nextCursor: last && found.length > limit ? cursorOf('messages', last.timestamp, last.sequence) : null,
      lastSequence: await this.messages.count({ where: { session: { key: session.key } } }),
    });
  }

  async findAll(userId: number, limit: number): Promise<SessionPage> {
    const found = await this.sessions.find({
      where: { userId },
      relations: { messages: true },
      order: { lastActivityAt: 'DESC' },
      take: limit + 1,
    });
    const data = found.slice(0, limit);
    const last = data.at(-1);
    return Object.assign(new SessionPage(), {
      data,
      nextCursor: last && found.length > limit ? cursorOf('sessions', last.lastActivityAt, last.key) : null,
    });
  }

  async activate(userId: number, id: string): Promise<ObviousSession> {
    const session = await this.sessions.findOne({ where: { userId, id }, relations: { messages: true } });
    if (!session) throw new NotFoundException();
    await this.sessions.update({ userId }, { isActive: false });
    session.isActive = true;
    return this.sessions.save(session);
  }

  private async find(userId: number, id: string): Promise<ObviousSession> {
    const session = await this.sessions.findOne({ where: { userId, id } });
    if (!session) throw new NotFoundException();
    return session;
  }
}

function cursorOf(list: string, at: Date, number: number): string {
  return Buffer.from(`${list}:${at.getTime()}:${number}`).toString('base64url');
}
