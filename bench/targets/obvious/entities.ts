import { Exclude, Expose, Transform } from 'class-transformer';
import { Column, Entity, Index, ManyToOne, OneToMany, PrimaryGeneratedColumn, type Relation } from 'typeorm';

/** The tables of a tutorial: as a search for "NestJS TypeORM chat" shows them, with the indexes that the queries need. */
@Entity('obvious_sessions')
@Index(['userId', 'lastActivityAt'])
export class ObviousSession {
  @Exclude()
  @PrimaryGeneratedColumn()
  key!: number;

  @Exclude()
  @Column()
  userId!: number;

  @Column({ length: 50 })
  id!: string;

  @Column()
  title!: string;

  @Column({ default: 'user' })
  titleSource!: string;

  @Column({ default: false })
  isActive!: boolean;

  @Column({ default: false })
  pinned!: boolean;

  @Column({ default: false })
  archived!: boolean;

  @Column('json')
  metadata!: object;

  @Column({ precision: 3 })
  lastActivityAt!: Date;

  @Column({ precision: 3 })
  createdAt!: Date;

  @Column({ precision: 3 })
  modifiedAt!: Date;

  @Column({ default: 1 })
  version!: number;

  @Column('datetime', { precision: 3, nullable: true })
  deletedAt!: Date | null;

  @Column({ default: 0 })
  lastReadSequence!: number;

  @Exclude()
  @OneToMany(() => ObviousMessage, (message) => message.session)
  messages!: Relation<ObviousMessage[]>;

  @Expose()
  get messageCount(): number {
    return this.messages.length;
  }

  @Expose()
  get preview(): object | null {
    const newest = this.messages.toSorted((a, b) => a.sequence - b.sequence).at(-1);
    if (!newest) return null;
    return { text: newest.content.slice(0, 200), role: newest.role, timestamp: newest.timestamp };
  }

  @Expose()
  get unreadCount(): number {
    return this.messages.filter(({ sequence }) => sequence > this.lastReadSequence).length;
  }
}

@Entity('obvious_messages')
@Index(['session', 'timestamp'])
export class ObviousMessage {
  @Transform(({ value }) => String(value))
  @PrimaryGeneratedColumn()
  id!: number;

  @Exclude()
  @ManyToOne(() => ObviousSession, (session) => session.messages, { onDelete: 'CASCADE' })
  session!: Relation<ObviousSession>;

  @Column({ length: 20 })
  role!: string;

  @Column('text')
  content!: string;

  @Column({ precision: 3 })
  timestamp!: Date;

  @Column()
  sequence!: number;

  @Column('varchar', { nullable: true })
  clientMessageId!: string | null;

  @Column({ precision: 3 })
  createdAt!: Date;

  @Column({ default: 'complete' })
  status!: string;

  @Column('varchar', { nullable: true })
  format!: string | null;

  @Column('json', { nullable: true })
  payload!: object | null;

  @Column('json', { nullable: true })
  metadata!: object | null;

  @Expose()
  get sessionId(): string {
    return this.session.id;
  }
}
