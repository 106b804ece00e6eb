export interface Group {
  engine: 'sqlite' | 'mariadb';
  mutate: string[];
  tests: string[];
  minScore: number;
}

export declare const groups: Record<string, Group>;
