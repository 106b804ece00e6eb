/**
 * A comment (`<!-->` is an empty one), or a tag, whose quoted attribute values may contain `>`. An unterminated one
 * extends to the end of the text, so no alternative can fail after its first characters: the search never backtracks.
 */
// eslint-disable-next-line regexp/no-super-linear-move -- does not see that a tag always matches to its end
const commentOrTag = /<!--(?:-?>|[^]*?(?:-->|$))|<(?![ \t\n\v\f\r])(?:[^"'>]|"[^"]*(?:"|$)|'[^']*(?:'|$))*(?:>|$)/g;

/**
 * Removes HTML tags and comments. `<` before white space is text and stays; an unterminated tag or comment removes the
 * rest of the text. Linear in the length of the text.
 */
export function stripTags(text: string): string {
  return text.replace(commentOrTag, '');
}
