/** A private throwaway MariaDB. `url` names no database. */
export interface Mariadb {
  readonly url: string;
  readonly pid: number;
  start(): Promise<void>;
  kill(signal: NodeJS.Signals): void;
  stop(): Promise<void>;
}

export function mariadbIsInstalled(): boolean;
export function startMariadb(options?: string[]): Promise<Mariadb>;
export function freePort(): Promise<number>;
