CREATE TABLE `user` (
  `id` int(10) unsigned NOT NULL,
  PRIMARY KEY (`id`)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_ci ROW_FORMAT=DYNAMIC COMMENT='writeassistdev-chat-store';

CREATE TABLE `writeassistdev` (
  `id` int(10) unsigned NOT NULL,
  `cmid` int(10) unsigned DEFAULT NULL,
  `name` varchar(255) DEFAULT NULL,
  PRIMARY KEY (`id`)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_ci ROW_FORMAT=DYNAMIC COMMENT='writeassistdev-chat-store';

CREATE TABLE `writeassistdev_chat_owners` (
  `writeassistdevid` int(10) unsigned NOT NULL,
  `userid` int(10) unsigned NOT NULL,
  `active_session_id` varchar(50) CHARACTER SET ascii COLLATE ascii_bin DEFAULT NULL,
  PRIMARY KEY (`writeassistdevid`,`userid`),
  KEY `ix_chat_owners_user` (`userid`),
  CONSTRAINT `fk_chat_owners_activity` FOREIGN KEY (`writeassistdevid`) REFERENCES `writeassistdev` (`id`) ON DELETE CASCADE ON UPDATE NO ACTION,
  CONSTRAINT `fk_chat_owners_user` FOREIGN KEY (`userid`) REFERENCES `user` (`id`) ON DELETE CASCADE ON UPDATE NO ACTION
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_ci ROW_FORMAT=DYNAMIC COMMENT='writeassistdev-chat-store';

CREATE TABLE `writeassistdev_chat_sessions` (
  `id` bigint(20) unsigned NOT NULL AUTO_INCREMENT,
  `writeassistdevid` int(10) unsigned NOT NULL,
  `userid` int(10) unsigned NOT NULL,
  `session_id` varchar(50) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  `title` varchar(255) NOT NULL DEFAULT 'New Chat',
  `last_sequence` bigint(20) NOT NULL DEFAULT 0,
  `message_count` int(10) unsigned NOT NULL DEFAULT 0,
  `last_activity_at` bigint(20) NOT NULL,
  `created_at` bigint(20) NOT NULL,
  `modified_at` bigint(20) NOT NULL,
  `content_bytes` bigint(20) NOT NULL DEFAULT 0,
  `title_folded` varbinary(2048) DEFAULT NULL,
  `title_source` varchar(9) CHARACTER SET ascii COLLATE ascii_bin DEFAULT NULL,
  `pinned` tinyint(4) NOT NULL DEFAULT 0,
  `archived` tinyint(4) NOT NULL DEFAULT 0,
  `metadata` text CHARACTER SET utf8mb4 COLLATE utf8mb4_bin DEFAULT NULL,
  `version` int(10) unsigned NOT NULL DEFAULT 1,
  `deleted_at` bigint(20) DEFAULT NULL,
  `cleared_sequence` bigint(20) NOT NULL DEFAULT 0,
  `preview_text` varchar(200) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin DEFAULT NULL,
  `preview_role` varchar(9) CHARACTER SET ascii COLLATE ascii_bin DEFAULT NULL,
  `preview_at` bigint(20) DEFAULT NULL,
  `preview_sequence` bigint(20) DEFAULT NULL,
  `last_read_sequence` bigint(20) NOT NULL DEFAULT 0,
  `unread_count` int(10) unsigned NOT NULL DEFAULT 0,
  `summary_sequence` bigint(20) NOT NULL DEFAULT 0,
  PRIMARY KEY (`id`),
  UNIQUE KEY `unique_session` (`writeassistdevid`,`userid`,`session_id`),
  KEY `ix_chat_sessions_recent` (`writeassistdevid`,`userid`,`last_activity_at`,`id`),
  KEY `ix_chat_sessions_created` (`writeassistdevid`,`userid`,`created_at`,`id`),
  KEY `ix_chat_sessions_title` (`writeassistdevid`,`userid`,`title_folded`,`id`),
  CONSTRAINT `fk_chat_sessions_owner` FOREIGN KEY (`writeassistdevid`, `userid`) REFERENCES `writeassistdev_chat_owners` (`writeassistdevid`, `userid`) ON DELETE CASCADE ON UPDATE NO ACTION
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_ci ROW_FORMAT=DYNAMIC COMMENT='writeassistdev-chat-store';

CREATE TABLE `writeassistdev_chat_deleted_sessions` (
  `writeassistdevid` int(10) unsigned NOT NULL,
  `userid` int(10) unsigned NOT NULL,
  `session_id` varchar(50) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  `deleted_at` bigint(20) NOT NULL,
  PRIMARY KEY (`writeassistdevid`,`userid`,`session_id`),
  CONSTRAINT `fk_chat_deleted_sessions_owner` FOREIGN KEY (`writeassistdevid`, `userid`) REFERENCES `writeassistdev_chat_owners` (`writeassistdevid`, `userid`) ON DELETE CASCADE ON UPDATE NO ACTION
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_ci ROW_FORMAT=DYNAMIC COMMENT='writeassistdev-chat-store';

CREATE TABLE `writeassistdev_chat_deletions` (
  `id` bigint(20) unsigned NOT NULL AUTO_INCREMENT,
  `writeassistdevid` int(10) unsigned NOT NULL,
  `userid` int(10) unsigned NOT NULL,
  `chat_session_id` varchar(50) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  `kind` varchar(7) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  `from_sequence` bigint(20) NOT NULL,
  `to_sequence` bigint(20) NOT NULL,
  `message_count` int(10) unsigned NOT NULL,
  `content_bytes` bigint(20) NOT NULL,
  `deleted_at` bigint(20) NOT NULL,
  `purge_at` bigint(20) NOT NULL,
  `claimed_until` bigint(20) NOT NULL DEFAULT 0,
  PRIMARY KEY (`id`),
  KEY `ix_chat_deletions_session` (`writeassistdevid`,`userid`,`chat_session_id`,`id`),
  KEY `ix_chat_deletions_purge` (`purge_at`),
  CONSTRAINT `fk_chat_deletions_session` FOREIGN KEY (`writeassistdevid`, `userid`, `chat_session_id`) REFERENCES `writeassistdev_chat_sessions` (`writeassistdevid`, `userid`, `session_id`) ON DELETE CASCADE ON UPDATE NO ACTION
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_ci ROW_FORMAT=DYNAMIC COMMENT='writeassistdev-chat-store';

CREATE TABLE `writeassistdev_chat` (
  `id` bigint(20) unsigned NOT NULL AUTO_INCREMENT,
  `writeassistdevid` int(10) unsigned NOT NULL,
  `userid` int(10) unsigned NOT NULL,
  `chat_session_id` varchar(50) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  `sequence` bigint(20) NOT NULL,
  `role` enum('user','assistant','system','tool','developer') NOT NULL,
  `content` mediumtext NOT NULL,
  `timestamp` bigint(20) NOT NULL,
  `created_at` bigint(20) NOT NULL,
  `client_message_id` varchar(255) CHARACTER SET ascii COLLATE ascii_bin DEFAULT NULL,
  `history_time` bigint(20) NOT NULL,
  `format` varchar(64) CHARACTER SET ascii COLLATE ascii_bin DEFAULT NULL,
  `payload` mediumtext DEFAULT NULL,
  `metadata` text DEFAULT NULL,
  `request_sha256` varchar(64) CHARACTER SET ascii COLLATE ascii_bin DEFAULT NULL,
  `status` varchar(11) CHARACTER SET ascii COLLATE ascii_bin NOT NULL DEFAULT 'complete',
  `folded` mediumblob DEFAULT NULL,
  `parent_id` bigint(20) DEFAULT NULL,
  `revision_of` bigint(20) DEFAULT NULL,
  `on_branch` tinyint(4) DEFAULT 1,
  `deletion_id` bigint(20) DEFAULT NULL,
  PRIMARY KEY (`id`),
  UNIQUE KEY `unique_chat_sequence` (`writeassistdevid`,`userid`,`chat_session_id`,`sequence`),
  UNIQUE KEY `unique_chat_history` (`writeassistdevid`,`userid`,`history_time`),
  UNIQUE KEY `unique_chat_client_message` (`writeassistdevid`,`userid`,`client_message_id`),
  KEY `ix_chat_order` (`writeassistdevid`,`userid`,`chat_session_id`,`timestamp`,`sequence`),
  KEY `ix_chat_session_history` (`writeassistdevid`,`userid`,`chat_session_id`,`history_time`),
  CONSTRAINT `fk_chat_session` FOREIGN KEY (`writeassistdevid`, `userid`, `chat_session_id`) REFERENCES `writeassistdev_chat_sessions` (`writeassistdevid`, `userid`, `session_id`) ON DELETE CASCADE ON UPDATE NO ACTION
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_ci ROW_FORMAT=DYNAMIC COMMENT='writeassistdev-chat-store';

CREATE TABLE `writeassistdev_chat_streams` (
  `writeassistdevid` int(10) unsigned NOT NULL,
  `userid` int(10) unsigned NOT NULL,
  `chat_session_id` varchar(50) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  `sequence` bigint(20) NOT NULL,
  `byte_count` bigint(20) NOT NULL,
  `lease` varchar(32) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  `written_at` bigint(20) NOT NULL,
  PRIMARY KEY (`writeassistdevid`,`userid`,`chat_session_id`,`sequence`),
  CONSTRAINT `fk_chat_streams_message` FOREIGN KEY (`writeassistdevid`, `userid`, `chat_session_id`, `sequence`) REFERENCES `writeassistdev_chat` (`writeassistdevid`, `userid`, `chat_session_id`, `sequence`) ON DELETE CASCADE ON UPDATE NO ACTION
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_ci ROW_FORMAT=DYNAMIC COMMENT='writeassistdev-chat-store';

CREATE TABLE `writeassistdev_chat_chunks` (
  `writeassistdevid` int(10) unsigned NOT NULL,
  `userid` int(10) unsigned NOT NULL,
  `chat_session_id` varchar(50) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  `sequence` bigint(20) NOT NULL,
  `byte_offset` bigint(20) NOT NULL,
  `content` mediumtext NOT NULL,
  PRIMARY KEY (`writeassistdevid`,`userid`,`chat_session_id`,`sequence`,`byte_offset`),
  CONSTRAINT `fk_chat_chunks_message` FOREIGN KEY (`writeassistdevid`, `userid`, `chat_session_id`, `sequence`) REFERENCES `writeassistdev_chat` (`writeassistdevid`, `userid`, `chat_session_id`, `sequence`) ON DELETE CASCADE ON UPDATE NO ACTION
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_ci ROW_FORMAT=DYNAMIC COMMENT='writeassistdev-chat-store';

CREATE TABLE `writeassistdev_chat_imports` (
  `writeassistdevid` int(10) unsigned NOT NULL,
  `userid` int(10) unsigned NOT NULL,
  `source` varchar(50) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  `source_table` varchar(50) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  `row_id` bigint(20) NOT NULL,
  `session_id` varchar(50) CHARACTER SET ascii COLLATE ascii_bin DEFAULT NULL,
  `sequence` bigint(20) DEFAULT NULL,
  `message_id` bigint(20) DEFAULT NULL,
  `imported_at` bigint(20) NOT NULL,
  PRIMARY KEY (`writeassistdevid`,`userid`,`source`,`source_table`,`row_id`)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_ci ROW_FORMAT=DYNAMIC COMMENT='writeassistdev-chat-store';

CREATE TABLE `writeassistdev_chat_import_differences` (
  `writeassistdevid` int(10) unsigned NOT NULL,
  `userid` int(10) unsigned NOT NULL,
  `source` varchar(50) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  `source_table` varchar(50) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  `row_id` bigint(20) NOT NULL,
  `source_digest` varchar(64) CHARACTER SET ascii COLLATE ascii_bin DEFAULT NULL,
  `target_digest` varchar(64) CHARACTER SET ascii COLLATE ascii_bin DEFAULT NULL,
  `acknowledged_at` bigint(20) NOT NULL,
  PRIMARY KEY (`writeassistdevid`,`userid`,`source`,`source_table`,`row_id`)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_ci ROW_FORMAT=DYNAMIC COMMENT='writeassistdev-chat-store';
