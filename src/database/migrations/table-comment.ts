/** Comment of every table that this service creates on MySQL; it identifies the service's own tables. */
export const tableComment = 'writeassistdev-chat-store';
