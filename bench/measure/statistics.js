export function median(numbers) {
  const sorted = numbers.toSorted((a, b) => a - b);
  const middle = Math.floor(sorted.length / 2);
  if (sorted.length === 0) return null;
  return sorted.length % 2 === 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}

/** The smallest of the numbers that at least `percent` of them do not exceed. */
export function percentile(sorted, percent) {
  if (sorted.length === 0) return null;
  return sorted[Math.max(0, Math.ceil((percent / 100) * sorted.length) - 1)];
}

/** What is kept of many latencies. */
export function summarize(latenciesMs) {
  const sorted = latenciesMs.toSorted((a, b) => a - b);
  return {
    p50Ms: percentile(sorted, 50),
    p90Ms: percentile(sorted, 90),
    p99Ms: percentile(sorted, 99),
    p999Ms: percentile(sorted, 99.9),
    maxMs: percentile(sorted, 100),
  };
}

export function medians(rounds) {
  return byKey(rounds, median);
}

export function sums(rounds) {
  return byKey(rounds, (numbers) => numbers.reduce((a, b) => a + b, 0));
}

export function maxima(rounds) {
  return byKey(rounds, (numbers) => Math.max(...numbers));
}

function byKey(rounds, combine) {
  return Object.fromEntries(
    Object.keys(rounds[0] ?? {}).map((key) => [
      key,
      combine(rounds.map((round) => round[key]).filter((value) => value !== null)),
    ]),
  );
}
