/** Where the reader stands: in the text, in a tag, after `<!`, in a comment, after `<?`. */
type Place = 'text' | 'tag' | 'declaration' | 'comment' | 'instruction';

/**
 * A text without its tags and comments, as Moodle's PARAM_TEXT leaves it: that of PHP's `strip_tags()`. A `<` before a
 * space is no tag, a `>` outside of one stays, one in quotes does not end it, and a tag that never ends takes the rest
 * of the text with it. Compared with PHP 8.2 on random texts.
 */
export function stripTags(text: string): string {
  const reader = new TagReader(text);
  let kept = '';
  for (let at = 0; at < text.length; at++) {
    if (reader.keeps(at)) kept += text.charAt(at);
  }
  return kept;
}

class TagReader {
  private place: Place = 'text';
  /** The quotation mark that is open. */
  private quote = '';
  /** Tags that began inside of the tag. */
  private depth = 0;
  private parentheses = 0;
  /** In an instruction: the mark that was open, or a parenthesis; as PHP notes it. */
  private last = '';
  private xml = false;

  constructor(private readonly text: string) {}

  /** Whether the character belongs to what is left. To be asked for each in turn. */
  keeps(at: number): boolean {
    const character = this.text.charAt(at);
    if (this.place === 'text') {
      if (character === '>' && this.depth > 0) {
        this.depth--;
        return false;
      }
      if (character !== '<' || this.spaceAfter(at)) return true;
      this.enter('tag');
    } else if (this.place === 'tag') this.inTag(character, at);
    else if (this.place === 'declaration') this.inDeclaration(character, at);
    else if (this.place === 'instruction') this.inInstruction(character, at);
    else if (character === '>' && this.quote === '' && this.behind(at, '--')) this.enter('text');
    return false;
  }

  private inTag(character: string, at: number): void {
    if (character === '<' && this.quote === '' && !this.spaceAfter(at)) this.depth++;
    else if (character === '>' && this.ends() && !(this.xml && this.behind(at, '-'))) {
      this.enter('text');
      this.xml = false;
    } else if (character === '"' || character === "'") this.turnQuote(character);
    else if (character === '!' && this.behind(at, '<')) this.place = 'declaration';
    else if (character === '?' && this.behind(at, '<')) {
      this.place = 'instruction';
      this.parentheses = 0;
      this.last = '<';
    }
  }

  private inDeclaration(character: string, at: number): void {
    if (character === '>' && this.ends()) this.enter('text');
    else if ((character === '"' || character === "'") && !this.behind(at, '\\')) this.turnQuote(character);
    else if (character === '-' && this.behind(at, '!-')) this.place = 'comment';
    else if (/e/i.test(character) && at > 6 && this.behind(at, 'doctyp')) this.place = 'tag';
  }

  private inInstruction(character: string, at: number): void {
    const inString = this.last === '"' || this.last === "'";
    if (character === '(' && !inString) {
      this.last = '(';
      this.parentheses++;
    } else if (character === ')' && !inString) {
      this.last = ')';
      this.parentheses--;
    } else if (character === '>') {
      if (this.ends() && this.parentheses === 0 && this.last !== '"' && this.behind(at, '?')) this.enter('text');
    } else if ((character === '"' || character === "'") && !this.behind(at, '\\')) {
      if (this.last === character) this.last = '';
      else if (this.last !== '\\') this.last = character;
      this.turnQuote(character);
    } else if (/l/i.test(character) && at > 4 && this.behind(at, '<?xm')) {
      this.place = 'tag';
      this.xml = true;
    }
  }

  private enter(place: Place): void {
    this.place = place;
    this.quote = '';
  }

  private turnQuote(mark: string): void {
    if (this.quote === '') this.quote = mark;
    else if (this.quote === mark) this.quote = '';
  }

  /** Whether a `>` here ends what it stands in, and not a tag inside or a quoted text. */
  private ends(): boolean {
    if (this.depth > 0) {
      this.depth--;
      return false;
    }
    return this.quote === '';
  }

  private spaceAfter(at: number): boolean {
    return /[ \t\n\v\f\r]/.test(this.text.charAt(at + 1));
  }

  private behind(at: number, before: string): boolean {
    return this.text.slice(Math.max(0, at - before.length), at).toLowerCase() === before;
  }
}
