/** The plugin's names: it was renamed. */
export const pluginNames = ['writeassistdev', 'researchflow'] as const;
export type PluginName = (typeof pluginNames)[number];

/** Restricts an import to a part of the source. */
export interface ImportFilter {
  activityId: number | undefined;
  userId: number | undefined;
  /** Only rows that the source saved from this time on, UTC milliseconds. */
  since: number | undefined;
}

/** A table in Moodle's database. */
export interface PluginTable {
  /** The quoted name, with its prefix. */
  name: string;
  /** `FORCE INDEX` with the index over (user, activity), or empty: the optimizer may choose a slower index. */
  ownerIndex: string;
}

/** An activity of the plugin in Moodle. */
export interface MoodleActivity {
  cmid: number | null;
  name: string | null;
}
