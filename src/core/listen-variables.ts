/** The first descriptor that a service manager passes; see sd_listen_fds(3). */
const FIRST_DESCRIPTOR = 3;

/** More than any manager passes: what is above is a mistake. */
const MAX_DESCRIPTORS = 4096;

/** What LISTEN_FDS and the others tell. */
export const LISTEN_VARIABLES = ['LISTEN_FDS', 'LISTEN_PID', 'LISTEN_FDNAMES', 'LISTEN_PIDFDID'] as const;

export interface PassedDescriptor {
  readonly fd: number;
  /** What the unit calls it; several may be called the same. */
  readonly label: string | undefined;
}

/** The descriptors that a service manager has passed to this process; `undefined` where they are meant for another, or there are none. */
export function passedDescriptors(
  env: Readonly<NodeJS.ProcessEnv>,
  pid: number,
): PassedDescriptor[] | undefined {
  if (env['LISTEN_PID'] !== String(pid)) return undefined;
  const count = /^\d{1,4}$/.test(env['LISTEN_FDS'] ?? '') ? Number(env['LISTEN_FDS']) : 0;
  const labels = (env['LISTEN_FDNAMES'] ?? '').split(':');
  return Array.from({ length: Math.min(count, MAX_DESCRIPTORS) }, (_, i) => ({
    fd: FIRST_DESCRIPTOR + i,
    label: labels[i] === '' || labels[i] === 'unknown' ? undefined : labels[i],
  }));
}
