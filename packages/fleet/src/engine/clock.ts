/** The time an engine goes by: that of the system, or one that a test or a simulation moves. */
export interface Clock {
  /** Milliseconds since 1970, as of an engine's own server. */
  nowMs(): number;
  /** Does something once after so many ms, and gives what calls it off. */
  after(ms: number, act: () => void): () => void;
}

export const systemClock: Clock = {
  nowMs: () => Date.now(),
  after: (ms, act) => {
    const timer = setTimeout(act, ms);
    return () => clearTimeout(timer);
  },
};
