/**
 * When requests are to be sent, in ms from the start, and what each asks for: a Poisson process, the same for the same
 * seed, so that every contestant gets the same load.
 *
 * @param mix pairs of a share and a path; the shares sum up to 1
 */
export function arrivals({ ratePerS, seconds, seed, mix }) {
  const random = generator(seed);
  const requests = [];
  for (let atMs = gap(); atMs < seconds * 1000; atMs += gap()) requests.push({ atMs, path: pick() });
  return requests;

  function gap() {
    return (-Math.log(1 - random()) * 1000) / ratePerS;
  }

  function pick() {
    let rest = random();
    for (const [share, path] of mix) {
      rest -= share;
      if (rest < 0) return path;
    }
    return mix.at(-1)[1];
  }
}

/** Mulberry32: small, and good enough to spread requests. */
function generator(seed) {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
