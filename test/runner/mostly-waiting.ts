/** Test files, by a part of their path, that hardly use a core: they wait for leases, grace times and clocks to be over. */
const MOSTLY_WAITING: readonly string[] = [
  'cli/control/races',
  'fleet/nats-',
  'fleet/real-hosts',
  'fleet/scope',
  'production/faults',
  'system/hang-stack',
  'system/orphan-guard',
  'together/once/every',
];

/** Whether a test file may run beside as many others as there are cores. */
export function isMostlyWaiting(file: string): boolean {
  return MOSTLY_WAITING.some((part) => file.includes(part));
}
