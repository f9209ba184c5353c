// Workers that all want to do one job of the fleet. Whoever does it appends a line to the file that is named by LOG when it begins and when
// it ends: with its host, its term, why it ended, and the time on the clock of the machine.
import { appendFileSync } from 'node:fs';

import { runOnce } from 'grappolo/together';

const note = (type, term, reason) =>
  appendFileSync(
    process.env.LOG,
    `${JSON.stringify({ type, host: process.env.HOST, pid: process.pid, term, reason, atNs: String(process.hrtime.bigint()) })}\n`,
  );

await runOnce('job', { scope: 'fleet' }, async (turn) => {
  note(turn.isHeld ? 'begin' : 'late', turn.term);
  await new Promise((resolve) => turn.signal.addEventListener('abort', resolve, { once: true }));
  note(turn.isHeld ? 'held' : 'end', turn.term, turn.signal.reason.code ?? turn.signal.reason.name);
});
