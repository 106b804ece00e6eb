/** What a server needs to serve requests. `load` alone does not make it unready. */
export const dependencies = ['server', 'database', 'migrations', 'load'] as const;
export type Dependency = (typeof dependencies)[number];

export interface DependencyCheck {
  name: Dependency;
  ok: boolean;
}

/** `checks`: it is connected and migrated, and being checked. */
export type MissingInDatabase = 'connection' | 'migrations' | 'checks';
