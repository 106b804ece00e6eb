/** The plugin's name, before and after it was renamed. */
export const pluginNames = ['writeassistdev', 'researchflow'] as const;
export type PluginName = (typeof pluginNames)[number];

/** What of a source is wanted. */
export interface ImportFilter {
  activityId: number | undefined;
  userId: number | undefined;
  /** Only what was saved there from then on, UTC milliseconds. */
  since: number | undefined;
}

/** A table of Moodle's. */
export interface PluginTable {
  /** With its prefix, quoted. */
  name: string;
  /** Makes the server read it by owner: it would choose another index for a single session. */
  ownerIndex: string;
}

/** One AI Writing Assistant as Moodle knows it. */
export interface MoodleActivity {
  cmid: number | null;
  name: string | null;
}
