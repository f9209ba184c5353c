import type { Bucket, Engine } from './engine/engine.ts';
import { BUCKETS } from './protocol/calls.ts';

/** How long a lease and a heartbeat live after they were last written. */
export const TTL_MS = 10_000;
/** A host that has left without a word is missed for so long. */
const MEMBER_TTL_MS = 86_400_000;
const TTLS: Readonly<Record<keyof typeof BUCKETS, number | undefined>> = {
  lasting: undefined,
  leases: TTL_MS,
  heartbeats: TTL_MS,
  members: MEMBER_TTL_MS,
};

/** The buckets that an engine is opened with for a fleet: several fleets may share an engine. */
export function fleetBuckets(fleet: string): readonly Bucket[] {
  return Object.values(BUCKETS).map((name) => ({ name: `${fleet}-${name}`, ttlMs: TTLS[name] }));
}

/** An engine as one fleet sees it: its own buckets and subjects, by their bare names. Closing it closes the engine. */
export function engineOf(engine: Engine, fleet: string): Engine {
  const bucketOf = (bucket: string) => `${fleet}-${bucket}`;
  const subjectOf = (subject: string) => `grappolo-fleet.${fleet}.${subject}`;
  return {
    put: (bucket, key, value, expected) => engine.put(bucketOf(bucket), key, value, expected),
    get: (bucket, key) => engine.get(bucketOf(bucket), key),
    watch: (bucket, onEntry) => engine.watch(bucketOf(bucket), onEntry),
    publish: (subject, message) => engine.publish(subjectOf(subject), message),
    requestMany: (subject, message, terms) => engine.requestMany(subjectOf(subject), message, terms),
    listen: (subject, onMessage) => engine.listen(subjectOf(subject), onMessage),
    get isUp() {
      return engine.isUp;
    },
    get onChange() {
      return engine.onChange;
    },
    set onChange(onChange) {
      engine.onChange = onChange;
    },
    get onRefused() {
      return engine.onRefused;
    },
    set onRefused(onRefused) {
      engine.onRefused = onRefused;
    },
    close: () => engine.close(),
  };
}
