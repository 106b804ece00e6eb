/** Roles whose texts a person reads. */
export const previewRoles = ['user', 'assistant', 'system'] as const;
export type PreviewRole = (typeof previewRoles)[number];

/** The newest text of a session, as a list shows it. */
export interface Preview {
  /** On one line. */
  text: string;
  role: PreviewRole;
  /** UTC milliseconds. */
  timestamp: number;
}

/** In code points, as VARCHAR(200) counts them. */
export const maxPreviewCharacters = 200;
/** The beginning of a content that is read for its preview, in UTF-16 code units. */
export const previewSourceCodeUnits = 2000;
const usualSourceCodeUnits = 500;

/** From here on a character may belong to the one before it. */
const firstCombiningCodeUnit = 0x300;
const graphemes = new Intl.Segmenter();

/** The preview of a message; undefined for one without a text, and for one that no person reads. */
export function toPreview(message: { role: string; content: string; timestamp: number }): Preview | undefined {
  const { role, content, timestamp } = message;
  return isPreviewRole(role) && content !== '' ? { text: previewText(content), role, timestamp } : undefined;
}

/** The first characters of a content, on one line. No emoji and no letter with its accents is cut. */
export function previewText(content: string): string {
  // Most contents need no more than a part of what is read at most.
  const line = oneLine(beginning(content, usualSourceCodeUnits));
  const isEnough = line.length > 2 * maxPreviewCharacters || content.length <= usualSourceCodeUnits;
  return shorten(isEnough ? line : oneLine(beginning(content, previewSourceCodeUnits)));
}

function oneLine(text: string): string {
  return text.replace(/[\s\p{Cc}]+/gu, ' ').trim();
}

/** Up to so many code units, without half of a surrogate pair. */
function beginning(text: string, codeUnits: number): string {
  return text.slice(0, isHighSurrogate(text.charCodeAt(codeUnits - 1)) ? codeUnits - 1 : codeUnits);
}

function shorten(line: string): string {
  const end = endOfPreview(line);
  if (end >= line.length || line.charCodeAt(end) < firstCombiningCodeUnit) return line.slice(0, end).trimEnd();
  const start = graphemes.segment(line).containing(end)?.index ?? 0;
  // Something that is as long as the whole preview is cut.
  return line.slice(0, start || end).trimEnd();
}

/** Where the characters of a preview end, in code units. */
function endOfPreview(line: string): number {
  let end = 0;
  for (let count = 0; count < maxPreviewCharacters && end < line.length; count++) {
    end += isHighSurrogate(line.charCodeAt(end)) ? 2 : 1;
  }
  return end;
}

function isHighSurrogate(codeUnit: number): boolean {
  return codeUnit >= 0xd800 && codeUnit < 0xdc00;
}

function isPreviewRole(role: string): role is PreviewRole {
  return (previewRoles as readonly string[]).includes(role);
}
