// A target holds what one figure was to be, what it was, and with what it is compared. It is plain data: it is kept with
// the results.

/** How many times `theirs` the figure of `ours` is. */
export function ratioTarget({ what, sides, key, unit, ours, theirs, ...limits }) {
  const own = figureOf(sides, ours, key);
  const other = figureOf(sides, theirs, key);
  return target({
    what: `${what}: ${ours.title}`,
    unit,
    own,
    other,
    value: own && other ? own.value / other.value : null,
    of: 'x',
    limits,
  });
}

/** The figure of `ours` itself; that of `theirs` only stands beside it. */
export function figureTarget({ what, sides, key, unit, ours, theirs, ...limits }) {
  const own = figureOf(sides, ours, key);
  return target({
    what: `${what}: ${ours.title}`,
    unit,
    own,
    other: figureOf(sides, theirs, key),
    value: own ? own.value : null,
    of: unit,
    limits,
  });
}

/** @param limits `atMost` or `atLeast`, and if wanted `aim`: what would be better still */
function target({ what, unit, own, other, value, of, limits }) {
  return { what, unit, own, other, value, of, ...limits, state: stateOf(value, limits) };
}

function stateOf(value, { atMost = Infinity, atLeast = -Infinity }) {
  if (value === null) return 'not available';
  return value <= atMost && value >= atLeast ? 'reached' : 'not reached';
}

function figureOf(sides, { id, title }, key) {
  const side = sides.find((each) => each.id === id);
  const value = side?.figures?.[key];
  return value === undefined || value === null ? null : { title, value };
}
