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

/** An activity of the plugin in Moodle. */
export interface MoodleActivity {
  cmid: number | null;
  name: string | null;
}
