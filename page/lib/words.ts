// The words of the command, so that the page says the same.
export { eventLines, failureLines, isFailure } from '../../src/cli/event-lines.ts';
export { placeOf } from '../../src/cli/place.ts';
export { duration } from '../../src/core/duration.ts';
export { endText } from '../../src/supervisor/end-text.ts';
