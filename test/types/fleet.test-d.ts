/** Checked by the compiler alone: a supervisor is what a fleet is joined with. */
import type { Supervisor } from '../../src/index.ts';
import { joinFleet } from '../../packages/fleet/src/index.ts';
import type { FleetInstance } from '../../packages/fleet/src/index.ts';
import { useFleet } from '../../src/together.ts';

export async function join(supervisor: Supervisor): Promise<void> {
  const instance: FleetInstance = supervisor;
  const options = { servers: ['nats://nats-1:4222'], name: 'shop', host: 'web-1', version: '1.0.0' };
  const host = joinFleet(options, instance, { note: () => {}, problem: () => {} });
  useFleet(host.link);
  await host.leave();
}
