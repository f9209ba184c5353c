import { medians } from './measure/statistics.js';
import { NotAvailable } from './server.js';

/**
 * Measures the contestants in turn, round after round, so that whatever else the machine does hits all alike. Gives a
 * side for each: its rounds and what they come to, or why it is not available.
 */
export async function interleave(contestants, rounds, measure, combine = medians) {
  const measured = new Map(contestants.map((contestant) => [contestant, []]));
  const reasons = new Map();
  for (let round = 0; round < rounds; round += 1) {
    for (const contestant of contestants) {
      if (reasons.has(contestant)) continue;
      try {
        measured.get(contestant).push(await measure(contestant, round));
      } catch (error) {
        if (!(error instanceof NotAvailable)) {
          throw new Error(`${contestant.title}: ${error.message}`, { cause: error });
        }
        reasons.set(contestant, error.message);
      }
    }
  }
  return contestants.map((contestant) => {
    const { id, title } = contestant;
    const reason = reasons.get(contestant);
    if (reason !== undefined) return { id, title, state: 'not available', reason };
    const results = measured.get(contestant);
    return { id, title, state: 'measured', figures: combine(results), rounds: results };
  });
}
