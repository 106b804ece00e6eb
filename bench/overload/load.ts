/** Clients that behave in the same way: each saves a message, waits for the response, and goes on. */
export interface Group {
  name: string;
  connections: number;
  /** The connections are divided among so many owners. */
  owners: number;
  /** Pause after each response, in ms; 0: the next request follows at once, also after a refusal. */
  pauseMs: number;
  /** Without a token (401), or with one that is invalid; valid by default. */
  credential?: 'none' | 'invalid';
}

/** What the process of a group gets. */
export interface Load {
  url: string;
  seconds: number;
  /** Number of the first owner, so that groups do not share sessions. */
  firstOwner: number;
  group: Group;
}

export interface GroupResult {
  name: string;
  accepted: number;
  /** Responses with another status than 201, by status. */
  refused: Record<string, number>;
  /** Requests without a response. */
  broken: number;
  /** Of accepted requests, in ms. */
  p50: number;
  p99: number;
}
