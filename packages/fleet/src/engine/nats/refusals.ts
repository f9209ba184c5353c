import { PermissionViolationError } from '@nats-io/transport-node';
import type { NatsConnection } from '@nats-io/transport-node';

import { FleetError } from '../../errors.ts';

/** Tells of what the server does not let this host do, until the connection is closed: it answers neither who listens nor who publishes. */
export async function followRefusals(
  connection: NatsConnection,
  onRefused: (error: FleetError) => void,
): Promise<void> {
  for await (const status of connection.status()) {
    if (status.type === 'error' && status.error instanceof PermissionViolationError)
      onRefused(refusal(status.error));
  }
}

function refusal(cause: PermissionViolationError): FleetError {
  const what = cause.operation === 'subscription' ? 'listen on' : 'publish to';
  return new FleetError(
    'ERR_FLEET_ENGINE_REFUSED',
    `Cannot ${what} '${cause.subject}': the engine refuses it. Look at what this host's account may do; then start this process anew`,
    { cause },
  );
}
