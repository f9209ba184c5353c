/** What the operations address grants its clients. */
export interface OpsLimits {
  readonly connections: number;
  /** How many of them may look on at `/events`: the others are for probes and scrapes. */
  readonly viewers: number;
  readonly headers: number;
  readonly headerBytes: number;
  readonly bodyBytes: number;
  /** How long a client has for the headers, and for all of a request. */
  readonly headersMs: number;
  readonly requestMs: number;
  /** How often that is looked at. */
  readonly checkMs: number;
  readonly keepAliveMs: number;
  /** How long an answer may lie unread. */
  readonly stallMs: number;
  /** How long a connection that is being ended has, and `close()` for what is under way. */
  readonly partingMs: number;
  /** How old a report may be that serves another request. */
  readonly reportAgeMs: number;
  readonly sampleMs: number;
}

export const LIMITS: OpsLimits = {
  connections: 100,
  viewers: 80,
  headers: 100,
  headerBytes: 64 * 1024,
  bodyBytes: 64 * 1024,
  headersMs: 10_000,
  requestMs: 15_000,
  checkMs: 1000,
  keepAliveMs: 5000,
  stallMs: 30_000,
  partingMs: 1000,
  reportAgeMs: 1000,
  sampleMs: 1000,
};
