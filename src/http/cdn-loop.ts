/** The id of this server in the `CDN-Loop` header (RFC 8586) of its outgoing requests, to detect proxy loops. */
export const cdnLoopId = 'writeassistdev-chat-store';
