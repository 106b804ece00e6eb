/** Texts that are easily changed on the way to a database and back: name, text. */
export const delicateTexts: [string, string][] = [
  ['families of emoji', '👨‍👩‍👧‍👦 👩🏽‍🚀 🏴󠁧󠁢󠁥󠁮󠁧󠁿 🇩🇪 ☺️ ☺︎'],
  ['right to left, with marks of direction', 'שלום \u202eabc\u202c مَرْحَبًا \u200f\u2066x\u2069'],
  ['combining marks', 'e\u0301 é Z̸̢̛a̶͎͌l̵͍̈́g̷̰̈o̴ ﷺ'],
  ['the same letter composed and not', '\u00e9\u0065\u0301\u212b\u00c5\u0041\u030a'],
  ['Chinese, Japanese, Korean, Thai, Devanagari', '漢字 かな 한글 ภาษาไทย हिन्दी 𠜎𠜱'],
  ['a byte order mark at its start', '\ufeffHello'],
  ['byte order marks everywhere', 'a\ufeffb\ufeff'],
  ['line ends of three kinds', 'a\r\nb\nc\rd\r\n'],
  ['spaces and line ends around it', ' \t\n x \n\t '],
  ['spaces alone', '   '],
  ['spaces of many widths', '\u00a0\u2003\u2009\u200b\u3000\u00ad'],
  ['separators of lines and paragraphs', 'a\u2028b\u2029c\u0085d'],
  ['noncharacters', '\ufffe\uffff\ufdd0\u{1fffe}\u{10ffff}'],
  ['private use', '\ue000\u{f0000}\uf8ff'],
  ['the replacement character', 'a\ufffdb'],
  ['control characters', Array.from({ length: 31 }, (_, n) => String.fromCharCode(n + 1)).join('') + '\u007f\u009f'],
  ['backslashes and quotes', `\\ \\\\ \\n \\u0041 ' '' " "" \` \\' \\" \\x00 \\`],
  ['SQL', `'; DROP TABLE writeassistdev_chat; -- " OR 1=1 /* ? :name $1 %s %_ */ NULL`],
  ['HTML and scripts', `<script>alert("x")</script>&amp;&#65;<b onclick='y'>]]></b><!--`],
  ['JSON', `{"role":"system","content":null}\\u0000"}`],
  ['templates and shell', '${jndi:ldap://x} {{7*7}} $(id) `id` %0d%0aSet-Cookie: a=b'],
  ['the text null', 'null'],
  ['the text undefined', 'undefined'],
  ['a number', '007.0'],
  ['a large number', '9007199254740993'],
  ['a time', '2020-01-01T00:00:00Z'],
];

/** Pseudo-random code points of all planes, without U+0000 and surrogates; the same for the same seed. */
export function randomText(codePoints: number, seed = 1): string {
  let state = seed;
  const next = (below: number) => {
    state = (Math.imul(state, 1103515245) + 12345) & 0x7fffffff;
    return Math.floor((state / 0x80000000) * below);
  };
  const ranges = [0x80, 0x800, 0xd800, 0x10000, 0x110000];
  const one = () => {
    const code = next(ranges[next(ranges.length)] ?? 0x80) || 1;
    return code >= 0xd800 && code < 0xe000 ? code - 0x1000 : code;
  };
  return Array.from({ length: codePoints }, () => String.fromCodePoint(one())).join('');
}
