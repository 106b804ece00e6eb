/** Our name in the header `CDN-Loop` (RFC 8586) of what we send to others: so a request that comes round again is known. */
export const cdnLoopId = 'writeassistdev-chat-store';
