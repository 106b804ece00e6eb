import { Exclude } from 'class-transformer';
import { Column, Entity, Index, ManyToOne, OneToMany, PrimaryGeneratedColumn, type Relation } from 'typeorm';

/** The tables of a tutorial: as a search for "NestJS TypeORM chat" shows them, with the indexes that the queries need. */
@Entity('obvious_sessions')
@Index(['userId', 'updatedAt'])
export class ObviousSession {
  @PrimaryGeneratedColumn()
  id!: number;

  @Exclude()
  @Column()
  userId!: number;

  @Column({ length: 50 })
  name!: string;

  @Column()
  title!: string;

  @Column({ default: false })
  isActive!: boolean;

  @Column({ precision: 3 })
  createdAt!: Date;

  @Column({ precision: 3 })
  updatedAt!: Date;

  @OneToMany(() => ObviousMessage, (message) => message.session)
  messages!: Relation<ObviousMessage[]>;
}

@Entity('obvious_messages')
@Index(['session', 'timestamp'])
export class ObviousMessage {
  @PrimaryGeneratedColumn()
  id!: number;

  @ManyToOne(() => ObviousSession, (session) => session.messages, { onDelete: 'CASCADE' })
  session!: Relation<ObviousSession>;

  @Column({ length: 20 })
  role!: string;

  @Column('text')
  content!: string;

  @Column({ precision: 3 })
  timestamp!: Date;
}
