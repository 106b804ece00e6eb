/** Texts of one session, and which of them each query finds. Both engines must find the same. */
interface SearchCase {
  name: string;
  texts: string[];
  finds: Record<string, number[]>;
}

export const searchCases: SearchCase[] = [
  {
    name: 'words from their beginning, in any order',
    texts: ['The river flows to the sea', 'An overflow', 'Rivers and seas', 'sea'],
    finds: {
      river: [0, 2],
      'sea riv': [0, 2],
      flow: [0],
      'to sea the': [0],
      rivers: [2],
      ver: [],
      'river overflow': [],
    },
  },
  {
    name: 'case and accents',
    texts: ['Die Größe der Flüsse', 'a nai\u0308ve idea', 'NAÏVE', 'GROSSE'],
    finds: { grosse: [0, 3], Größe: [0, 3], GRÖSSE: [0, 3], naive: [1, 2], naïve: [1, 2], flu: [0], 'idea naï': [1] },
  },
  {
    name: 'letters that keyboards lack',
    texts: ['Łódź', 'Þórður', 'œuvre', 'Ærø', 'ısı', 'İstanbul', 'ﬁne'],
    finds: { lodz: [0], thordur: [1], oeuv: [2], aero: [3], isi: [4], istanbul: [5], fine: [6], ISTANBUL: [5] },
  },
  {
    name: 'phrases',
    texts: ['long rivers of Asia', 'rivers long ago', 'long riverside', 'long, rivers!', 'how long\nrivers are'],
    finds: {
      '"long rivers"': [0, 3, 4],
      '“long rivers”': [0, 3, 4],
      '"long river': [0, 2, 3, 4],
      'long rivers': [0, 1, 2, 3, 4],
      '"rivers long" ago': [1],
      '"ong rivers"': [],
      '"long" "asia"': [0],
    },
  },
  {
    name: 'words with signs in them',
    texts: ["don't stop", 'a well-known fact', 'user_name(x)', 'C++ and C#', '3.14 is pi', 'me@example.org'],
    finds: {
      "don't": [0],
      don: [0],
      'well-known': [1],
      'well-kn': [1],
      known: [1],
      user_name: [2],
      name: [2],
      'c++': [3],
      '3.14': [4],
      '3.1': [4],
      example: [5],
      'me@ex': [5],
    },
  },
  {
    name: 'scripts without blanks, anywhere',
    texts: ['我喜欢编程语言', 'ABC编程', '日本語を勉強する', 'カタカナ ｶﾞｷﾞ', 'がき', 'かき', 'สวัสดีครับ', '第3章'],
    finds: {
      编程: [0, 1],
      语言: [0],
      '编程 喜欢': [0],
      abc: [1],
      abc编程: [1],
      bc: [],
      を勉: [2],
      タカ: [3],
      ガギ: [3],
      がき: [4],
      かき: [5],
      ดีค: [6],
      第3章: [7],
      '3': [7],
      '"编程"': [0, 1],
    },
  },
  {
    name: 'scripts whose marks make other words',
    texts: ['किताब पढ़ो', 'कतब', '한국어 공부', 'Ёлка и лес', 'שָׁלוֹם עולם', 'مُحَمَّد', 'ΣΟΦΟΣ', 'Việt Nam'],
    finds: {
      किताब: [0],
      कतब: [1],
      कित: [0],
      한국: [2],
      국어: [],
      елка: [3],
      שלום: [4],
      محمد: [5],
      σοφός: [6],
      viet: [7],
    },
  },
  {
    name: 'what has a meaning for a database',
    texts: ["100% sure_thing \\ 'quoted'", 'a*b? [c] ^d', 'plain', '{{x}}', 'NULL'],
    finds: { '100%': [0], 'sure%': [0], quoted: [0], "'; --quoted": [0], 'b*': [1], null: [4], x: [3], 'a*': [1] },
  },
  {
    name: 'invisible characters and emoji',
    texts: ['Wort\u00adtrennung', 'zero\u200bwidth', 'wave 👋🏽 hand', 'a\u{e0100}b', 'astral 𝐁𝐨𝐥𝐝 𠀀𠀁'],
    finds: { worttr: [0], zerowidth: [1], 'wave hand': [2], '"wave hand"': [2], ab: [3], bold: [4], 𠀁: [4] },
  },
];
