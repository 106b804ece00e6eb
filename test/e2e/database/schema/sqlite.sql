CREATE TABLE "user" (
  "id" integer PRIMARY KEY NOT NULL
);

CREATE TABLE "writeassistdev" (
  "id" integer PRIMARY KEY NOT NULL,
  "cmid" integer,
  "name" varchar(255)
);

CREATE TABLE "writeassistdev_chat_owners" (
  "writeassistdevid" integer NOT NULL,
  "userid" integer NOT NULL,
  "active_session_id" varchar(50),
  CONSTRAINT "fk_chat_owners_activity" FOREIGN KEY ("writeassistdevid") REFERENCES "writeassistdev" ("id") ON DELETE CASCADE ON UPDATE NO ACTION,
  CONSTRAINT "fk_chat_owners_user" FOREIGN KEY ("userid") REFERENCES "user" ("id") ON DELETE CASCADE ON UPDATE NO ACTION,
  PRIMARY KEY ("writeassistdevid", "userid")
);

CREATE INDEX "ix_chat_owners_user" ON "writeassistdev_chat_owners" ("userid");

CREATE TABLE "writeassistdev_chat_sessions" (
  "id" integer PRIMARY KEY AUTOINCREMENT NOT NULL,
  "writeassistdevid" integer NOT NULL,
  "userid" integer NOT NULL,
  "session_id" varchar(50) NOT NULL,
  "title" varchar(255) NOT NULL DEFAULT ('New Chat'),
  "last_sequence" integer NOT NULL DEFAULT (0),
  "message_count" integer NOT NULL DEFAULT (0),
  "last_activity_at" integer NOT NULL,
  "created_at" integer NOT NULL,
  "modified_at" integer NOT NULL,
  "content_bytes" integer NOT NULL DEFAULT (0),
  "title_folded" blob(2048),
  "title_source" varchar(9),
  "pinned" tinyint NOT NULL DEFAULT (0),
  "archived" tinyint NOT NULL DEFAULT (0),
  "metadata" text,
  "version" integer NOT NULL DEFAULT (1),
  "deleted_at" integer,
  "cleared_sequence" integer NOT NULL DEFAULT (0),
  "preview_text" varchar(200),
  "preview_role" varchar(9),
  "preview_at" integer,
  "preview_sequence" integer,
  "last_read_sequence" integer NOT NULL DEFAULT (0),
  "unread_count" integer NOT NULL DEFAULT (0),
  "summary_sequence" integer NOT NULL DEFAULT (0),
  CONSTRAINT "unique_session" UNIQUE ("writeassistdevid", "userid", "session_id"),
  CONSTRAINT "fk_chat_sessions_owner" FOREIGN KEY ("writeassistdevid", "userid") REFERENCES "writeassistdev_chat_owners" ("writeassistdevid", "userid") ON DELETE CASCADE ON UPDATE NO ACTION
);

CREATE INDEX "ix_chat_sessions_created" ON "writeassistdev_chat_sessions" ("writeassistdevid", "userid", "created_at", "id");

CREATE INDEX "ix_chat_sessions_recent" ON "writeassistdev_chat_sessions" ("writeassistdevid", "userid", "last_activity_at", "id");

CREATE INDEX "ix_chat_sessions_title" ON "writeassistdev_chat_sessions" ("writeassistdevid", "userid", "title_folded", "id");

CREATE TABLE "writeassistdev_chat_deleted_sessions" (
  "writeassistdevid" integer NOT NULL,
  "userid" integer NOT NULL,
  "session_id" varchar(50) NOT NULL,
  "deleted_at" integer NOT NULL,
  CONSTRAINT "fk_chat_deleted_sessions_owner" FOREIGN KEY ("writeassistdevid", "userid") REFERENCES "writeassistdev_chat_owners" ("writeassistdevid", "userid") ON DELETE CASCADE ON UPDATE NO ACTION,
  PRIMARY KEY ("writeassistdevid", "userid", "session_id")
);

CREATE TABLE "writeassistdev_chat_deletions" (
  "id" integer PRIMARY KEY AUTOINCREMENT NOT NULL,
  "writeassistdevid" integer NOT NULL,
  "userid" integer NOT NULL,
  "chat_session_id" varchar(50) NOT NULL,
  "kind" varchar(7) NOT NULL,
  "from_sequence" integer NOT NULL,
  "to_sequence" integer NOT NULL,
  "message_count" integer NOT NULL,
  "content_bytes" integer NOT NULL,
  "deleted_at" integer NOT NULL,
  "purge_at" integer NOT NULL,
  "claimed_until" integer NOT NULL DEFAULT (0),
  CONSTRAINT "fk_chat_deletions_session" FOREIGN KEY ("writeassistdevid", "userid", "chat_session_id") REFERENCES "writeassistdev_chat_sessions" ("writeassistdevid", "userid", "session_id") ON DELETE CASCADE ON UPDATE NO ACTION
);

CREATE INDEX "ix_chat_deletions_purge" ON "writeassistdev_chat_deletions" ("purge_at");

CREATE INDEX "ix_chat_deletions_session" ON "writeassistdev_chat_deletions" ("writeassistdevid", "userid", "chat_session_id", "id");

CREATE TABLE "writeassistdev_chat" (
  "id" integer PRIMARY KEY AUTOINCREMENT NOT NULL,
  "writeassistdevid" integer NOT NULL,
  "userid" integer NOT NULL,
  "chat_session_id" varchar(50) NOT NULL,
  "sequence" integer NOT NULL,
  "role" varchar CHECK( "role" IN ('user','assistant','system','tool','developer') ) NOT NULL,
  "content" text NOT NULL,
  "timestamp" integer NOT NULL,
  "created_at" integer NOT NULL,
  "client_message_id" varchar(255),
  "history_time" integer NOT NULL,
  "format" varchar(64),
  "payload" text,
  "metadata" text,
  "request_sha256" varchar(64),
  "status" varchar(11) NOT NULL DEFAULT ('complete'),
  "folded" blob,
  "parent_id" integer,
  "revision_of" integer,
  "on_branch" tinyint DEFAULT (1),
  "deletion_id" integer,
  CONSTRAINT "unique_chat_sequence" UNIQUE ("writeassistdevid", "userid", "chat_session_id", "sequence"),
  CONSTRAINT "unique_chat_client_message" UNIQUE ("writeassistdevid", "userid", "client_message_id"),
  CONSTRAINT "fk_chat_session" FOREIGN KEY ("writeassistdevid", "userid", "chat_session_id") REFERENCES "writeassistdev_chat_sessions" ("writeassistdevid", "userid", "session_id") ON DELETE CASCADE ON UPDATE NO ACTION
);

CREATE INDEX "ix_chat_order" ON "writeassistdev_chat" ("writeassistdevid", "userid", "chat_session_id", "timestamp", "sequence");

CREATE INDEX "ix_chat_session_history" ON "writeassistdev_chat" ("writeassistdevid", "userid", "chat_session_id", "history_time");

CREATE UNIQUE INDEX "unique_chat_history" ON "writeassistdev_chat" ("writeassistdevid", "userid", "history_time");

CREATE TABLE "writeassistdev_chat_streams" (
  "writeassistdevid" integer NOT NULL,
  "userid" integer NOT NULL,
  "chat_session_id" varchar(50) NOT NULL,
  "sequence" integer NOT NULL,
  "byte_count" integer NOT NULL,
  "lease" varchar(32) NOT NULL,
  "written_at" integer NOT NULL,
  CONSTRAINT "fk_chat_streams_message" FOREIGN KEY ("writeassistdevid", "userid", "chat_session_id", "sequence") REFERENCES "writeassistdev_chat" ("writeassistdevid", "userid", "chat_session_id", "sequence") ON DELETE CASCADE ON UPDATE NO ACTION,
  PRIMARY KEY ("writeassistdevid", "userid", "chat_session_id", "sequence")
) WITHOUT ROWID;

CREATE TABLE "writeassistdev_chat_chunks" (
  "writeassistdevid" integer NOT NULL,
  "userid" integer NOT NULL,
  "chat_session_id" varchar(50) NOT NULL,
  "sequence" integer NOT NULL,
  "byte_offset" integer NOT NULL,
  "content" text NOT NULL,
  CONSTRAINT "fk_chat_chunks_message" FOREIGN KEY ("writeassistdevid", "userid", "chat_session_id", "sequence") REFERENCES "writeassistdev_chat" ("writeassistdevid", "userid", "chat_session_id", "sequence") ON DELETE CASCADE ON UPDATE NO ACTION,
  PRIMARY KEY ("writeassistdevid", "userid", "chat_session_id", "sequence", "byte_offset")
) WITHOUT ROWID;

CREATE TABLE "writeassistdev_chat_imports" (
  "writeassistdevid" integer NOT NULL,
  "userid" integer NOT NULL,
  "source" varchar(50) NOT NULL,
  "source_table" varchar(50) NOT NULL,
  "row_id" integer NOT NULL,
  "session_id" varchar(50),
  "sequence" integer,
  "message_id" integer,
  "imported_at" integer NOT NULL,
  PRIMARY KEY ("writeassistdevid", "userid", "source", "source_table", "row_id")
);

CREATE TABLE "writeassistdev_chat_import_differences" (
  "writeassistdevid" integer NOT NULL,
  "userid" integer NOT NULL,
  "source" varchar(50) NOT NULL,
  "source_table" varchar(50) NOT NULL,
  "row_id" integer NOT NULL,
  "source_digest" varchar(64),
  "target_digest" varchar(64),
  "acknowledged_at" integer NOT NULL,
  PRIMARY KEY ("writeassistdevid", "userid", "source", "source_table", "row_id")
);
