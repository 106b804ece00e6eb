/** A chat as the seed saves it: the user writes first, then the assistant and the user take turns. */
export interface SampleChat {
  /** Names the chat and its messages in every run, so a second run adds nothing. A changed text needs another id. */
  id: string;
  title: string;
  /** UTC time of the first message. */
  startedAt: string;
  turns: string[];
}

/** Oldest first; the last one becomes the active session. */
export const sampleChats: SampleChat[] = [
  {
    id: 'seed-outline',
    title: 'Outline: renewable energy in cities',
    startedAt: '2026-10-05T08:12:00Z',
    turns: [
      'I have to write 1,200 words about renewable energy in cities. Can you help me with an outline?',
      'Gladly. One outline that fits 1,200 words:\n\n1. Introduction: why cities matter (150 words)\n2. Solar power on roofs (300)\n3. Heat networks and heat pumps (300)\n4. Obstacles: cost, space, old buildings (300)\n5. Conclusion (150)\n\nWhich city do you want as your example?',
      'Freiburg, because we visited it last year.',
      'Good choice: its Vauban district is well documented. Use it in sections 2 and 3, and compare it with one city that has no such district.',
      'Can section 4 come before section 3?',
      'Yes. Then section 3 answers the obstacles, and the argument ends on solutions. Move the costs of heat pumps into section 3.',
    ],
  },
  {
    id: 'seed-introduction',
    title: 'Introduction for my history essay',
    startedAt: '2026-10-12T15:40:00Z',
    turns: [
      'Is this a good first sentence? "The Hanseatic League was very important."',
      'It states a topic, not a claim. Say why or for whom it was important, for example: "For three centuries the Hanseatic League set the rules of trade in northern Europe without being a state."',
      'I like that. How do I get from there to Lübeck?',
      'Let the second sentence narrow the view: "No city shows this better than Lübeck, where its assemblies met."',
    ],
  },
  {
    id: 'seed-citation',
    title: 'Citing a website in APA style',
    startedAt: '2026-10-20T10:05:00Z',
    turns: [
      'How do I cite a web page that has no author?',
      'Put the title where the author would stand, then the date, the name of the site and the URL. In the text use a short form of the title in quotation marks and the year.',
      'And without a date?',
      'Write "n.d." for "no date" in both places.',
    ],
  },
  {
    id: 'seed-conclusion',
    title: 'Feedback on my conclusion ✍️',
    startedAt: '2026-10-27T18:21:00Z',
    turns: [
      'My teacher says that my conclusion only repeats the introduction. What should be in it?',
      'Three things: the answer to your question in one sentence, what follows from it, and what remains open. It should not bring new evidence.',
      'My question was whether school should start later in the morning.',
      'Then begin with your answer: "School should start at nine, because the benefits for sleep outweigh the cost for bus timetables." What remains open in your essay?',
      'Whether parents who start work early can manage it.',
      'End with that: name it as the question that a trial at one school could answer. That gives the reader a reason to think further.',
    ],
  },
];
