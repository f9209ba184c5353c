// A process with all its descendants, as Linux tells it in /proc.
import { existsSync, readdirSync, readFileSync } from 'node:fs';

// The unit of utime and stime; USER_HZ is 100 on every Linux that Node runs on.
const MS_PER_TICK = 10;
const AFTER_NAME = { state: 0, ppid: 1, utime: 11, stime: 12 };

export const hasProc = existsSync('/proc/self/stat');

/** The process and its descendants, parents before children. Elsewhere than on Linux, only the process. */
export function treeOf(root) {
  const pids = [root];
  if (!hasProc) return pids;
  const parents = new Map(allPids().map((pid) => [pid, Number(stat(pid)?.[AFTER_NAME.ppid])]));
  for (const parent of pids) {
    for (const [pid, ppid] of parents) if (ppid === parent) pids.push(pid);
  }
  return pids;
}

/** The CPU time that each of the processes has used so far, in ms, its threads included and its children not. */
export function cpuMs(pids) {
  return new Map(pids.map((pid) => [pid, preciseMs(pid) ?? ticksMs(pid)]));
}

/** What the scheduler has counted, in nanoseconds; `undefined` where it does not tell. A tick is too long for short runs. */
function preciseMs(pid) {
  const threads = existsSync(`/proc/${pid}/task`) ? readdirSync(`/proc/${pid}/task`) : [];
  const texts = threads.map((thread) => read(pid, `task/${thread}/schedstat`));
  if (texts.length === 0 || texts.includes('')) return undefined;
  return texts.reduce((sum, text) => sum + Number(text.split(' ')[0]), 0) / 1e6;
}

function ticksMs(pid) {
  const fields = stat(pid);
  if (!fields) throw new Error(`Cannot tell the CPU time of process ${pid}: it has ended`);
  return (Number(fields[AFTER_NAME.utime]) + Number(fields[AFTER_NAME.stime])) * MS_PER_TICK;
}

export function isRunning(pid) {
  if (!hasProc) {
    try {
      return process.kill(pid, 0);
    } catch {
      return false;
    }
  }
  const state = stat(pid)?.[AFTER_NAME.state];
  return state !== undefined && state !== 'Z';
}

/** Processes whose environment holds `mark`, a `NAME=value`. */
export function processesWith(mark) {
  if (!hasProc) return [];
  return allPids().filter((pid) => pid !== process.pid && read(pid, 'environ').split('\0').includes(mark));
}

function allPids() {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map(Number);
}

/** The fields of /proc/<pid>/stat that follow the name, which may hold anything. */
function stat(pid) {
  const text = read(pid, 'stat');
  return text === '' ? undefined : text.slice(text.lastIndexOf(')') + 2).split(' ');
}

function read(pid, file) {
  try {
    return readFileSync(`/proc/${pid}/${file}`, 'utf8');
  } catch {
    return '';
  }
}
