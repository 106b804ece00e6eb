/** Settings in addition to those of the tests: on the command line, and as lines of an option file. */
export interface ServerSettings {
  options?: string[];
  optionFile?: string[];
}

/** A private throwaway MariaDB. `url` names no database. */
export interface Mariadb {
  readonly url: string;
  readonly pid: number;
  /** Whether its process has ended. */
  readonly hasEnded: boolean;
  start(settings?: ServerSettings): Promise<void>;
  /** Stops the server and starts it on the same data. */
  restart(settings?: ServerSettings): Promise<void>;
  kill(signal: NodeJS.Signals): void;
  /** Ends the server with the signal, SIGTERM by default, and keeps its data. */
  end(signal?: NodeJS.Signals): Promise<void>;
  stop(): Promise<void>;
}

export function mariadbIsInstalled(): boolean;
/** @param parent the folder in which it gets its own; by default the one for temporary files */
export function startMariadb(settings?: ServerSettings, parent?: string): Promise<Mariadb>;
export function freePort(): Promise<number>;
