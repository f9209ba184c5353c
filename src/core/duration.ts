const UNITS = [
  { name: 's', seconds: 1 },
  { name: 'min', seconds: 60 },
  { name: 'h', seconds: 3600 },
  { name: 'd', seconds: 86_400 },
] as const;

/** A time as people say it: 130 ms, 1.2 s, 90 s, 3 min, 5 h, 12 d. From 2 minutes on it is rounded down. */
export function duration(ms: number): string {
  const wholeMs = Math.round(ms);
  if (wholeMs < 1000) return `${wholeMs} ms`;
  const tenths = Math.round(ms / 100);
  if (tenths < 100) return `${tenths / 10} s`;
  // The largest unit of which there are two at least, so that what is rounded off never counts for much.
  const seconds = Math.round(ms / 1000);
  const unit = UNITS.findLast((candidate) => seconds >= 2 * candidate.seconds) ?? UNITS[0];
  return `${Math.floor(seconds / unit.seconds)} ${unit.name}`;
}
