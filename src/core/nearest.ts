/** The known word that may have been meant: at most every third letter is wrong, and at most two are. */
export function nearest(word: string, known: readonly string[]): string | undefined {
  const allowed = Math.min(2, Math.max(1, Math.floor(word.length / 3)));
  // Two that have changed places are one mistake.
  const hasLettersOf = (each: string): boolean => lettersOf(each) === lettersOf(word);
  const [best] = known
    .map((each) => ({ each, distance: editDistance(word, each) }))
    .filter(({ distance }) => distance <= allowed)
    .toSorted(
      (a, b) => a.distance - b.distance || Number(hasLettersOf(b.each)) - Number(hasLettersOf(a.each)),
    );
  return best?.each;
}

function lettersOf(word: string): string {
  return word.split('').toSorted().join('');
}

/** How many letters have to be put in, taken out or changed to make `a` into `b` (Levenshtein). */
export function editDistance(a: string, b: string): number {
  // By length of the part of b: the distance from the part of a that was looked at so far.
  let distances = Array.from({ length: b.length + 1 }, (_, length) => length);
  for (let row = 1; row <= a.length; row += 1) {
    const next = [row];
    for (let column = 1; column <= b.length; column += 1) {
      const changed = a[row - 1] === b[column - 1] ? 0 : 1;
      next.push(
        Math.min(
          (distances[column] ?? 0) + 1,
          (next[column - 1] ?? 0) + 1,
          (distances[column - 1] ?? 0) + changed,
        ),
      );
    }
    distances = next;
  }
  return distances[b.length] ?? 0;
}
