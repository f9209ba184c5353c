// The process that OrphanGuard starts: it learns by lines on its stdin which processes to guard, `+<pid> <start time>`
// with or without the start time, and which to forget, `-<pid>`. When its stdin ends, the parent has died, however, or
// has no more use for it: what is guarded then has a moment to end by itself, and is killed.
//
// It is there as long as its parent, so it is to be small: without an event loop that turns, and in one file that is no ES
// module, it starts in 16 ms of CPU in place of 20, and needs a megabyte less. Flags of V8 gain nothing.
const fs = require('node:fs') as typeof import('node:fs');

/** How long the guarded have to end by themselves. A worker whose primary died while it was draining takes 1 s. */
const GRACE_MS = 1200;
const LOOK_MS = 50;
/** What is sent to all processes of a service, or by name: it does not concern this one. SIGUSR1 would start a debugger. */
const IGNORED = ['SIGHUP', 'SIGINT', 'SIGQUIT', 'SIGTERM', 'SIGUSR1', 'SIGUSR2'] as const;

/** By pid; a start time that is not known is `undefined`. */
type Guarded = Map<number, string | undefined>;

for (const signal of IGNORED) process.on(signal, () => {});
endAll(listen());

/** Gives what is guarded when there is nothing more to hear. */
function listen(): Guarded {
  const guarded: Guarded = new Map();
  const buffer = Buffer.alloc(4096);
  let unread = '';
  for (;;) {
    const length = read(buffer);
    if (length === 0) return guarded;
    const lines = (unread + buffer.toString('latin1', 0, length)).split('\n');
    // A line without its end may lack digits.
    unread = lines.pop() ?? '';
    for (const line of lines) hear(line, guarded);
  }
}

/** Waits for input; 0: there will be none. */
function read(buffer: Buffer): number {
  for (;;) {
    try {
      return fs.readSync(0, buffer);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EAGAIN') return 0;
      sleep(LOOK_MS);
    }
  }
}

function hear(line: string, guarded: Guarded): void {
  // Number 0 would mean this process's own group.
  const [, sign, pid, startTime] = /^([+-])([1-9]\d*)(?: (\d+))?$/.exec(line) ?? [];
  if (sign === '+') guarded.set(Number(pid), startTime);
  else guarded.delete(Number(pid));
}

function endAll(guarded: Guarded): void {
  const endMs = performance.now() + GRACE_MS;
  for (;;) {
    const left = [...guarded].filter(([pid, startTime]) => isRunning(pid, startTime));
    if (left.length === 0) return;
    if (performance.now() >= endMs) {
      for (const [pid] of left) kill(pid, 'SIGKILL');
      return;
    }
    sleep(LOOK_MS);
  }
}

function isRunning(pid: number, startTime: string | undefined): boolean {
  if (startTime === undefined) return kill(pid, 0);
  // As in process-start-time.ts. One that has ended stays there until somebody asks about it.
  const stat = readStat(pid);
  const [state = 'X', ...others] = stat.slice(stat.lastIndexOf(') ') + 2).split(' ');
  return !'ZXx'.includes(state) && others[18] === startTime;
}

function readStat(pid: number): string {
  try {
    return fs.readFileSync(`/proc/${pid}/stat`, 'latin1');
  } catch {
    return '';
  }
}

/** Whether there was a process to send the signal to. */
function kill(pid: number, signal: NodeJS.Signals | 0): boolean {
  try {
    return process.kill(pid, signal);
  } catch {
    return false;
  }
}

function sleep(ms: number): void {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ms);
}
