/** The comment of every table that this service has made on MySQL: how it tells its own from others of the same name. */
export const tableComment = 'writeassistdev-chat-store';
