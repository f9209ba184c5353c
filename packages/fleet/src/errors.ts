/** Every code that an error of this package can carry, with what it means. */
export const FLEET_ERROR_CODES = {
  ERR_FLEET_INVALID_ARGUMENT: 'A name, a key, a subject or an option is none that an engine takes.',
  ERR_FLEET_TOO_LARGE: 'A value or a message has more bytes than an engine takes.',
  ERR_FLEET_CREDENTIALS: 'The file with the credentials cannot be used.',
  ERR_FLEET_ENGINE_UNREACHABLE: 'No server of the engine answers at the addresses that were given.',
  ERR_FLEET_ENGINE_REFUSED: 'The engine does not let this host in, or does not let it do this.',
  ERR_FLEET_ENGINE_TOO_OLD: 'The engine is of a version that lacks what a fleet needs.',
  ERR_FLEET_NO_JETSTREAM: 'The engine is a NATS server without JetStream.',
  ERR_FLEET_BUCKET_DIFFERS: 'Hosts of one fleet want the same bucket with different lifetimes.',
  ERR_FLEET_ENGINE_LOST: 'The engine does not answer just now: nothing is known of what was asked for.',
  ERR_FLEET_ENGINE_SLOW: 'More was published than the engine takes: what is too much is dropped.',
  ERR_FLEET_ENGINE_CLOSED: 'This connection to the engine was closed by the program itself.',
  ERR_FLEET_HOST_NAME_TAKEN: 'Another process calls itself by the name of this host, in the same fleet.',
  ERR_FLEET_NO_HOST: 'No host that is heard of is what was asked for.',
  ERR_FLEET_ROLLOUT_FAILED:
    'A host did not do its step, or did worse after it: the others stay as they were.',
  ERR_FLEET_ROLLOUT_BUSY: 'Somebody else does something to the hosts of the fleet just now.',
  ERR_FLEET_ROLLOUT_ABORTED: 'Somebody has aborted what was being done to the hosts.',
  ERR_FLEET_ROLLOUT_LOST:
    'The engine was away for too long or has forgotten the rollout, or another has taken it over.',
} as const;

/** Every code that a process warning of this package can carry, with what it means. */
export const FLEET_WARNING_CODES = {
  FLEET_LISTENER_FAILED: 'A listener for what comes from the engine threw.',
} as const;

export type FleetErrorCode = keyof typeof FLEET_ERROR_CODES;

/** The one error class of this package; tell errors apart by `code`. */
export class FleetError extends Error {
  readonly code: FleetErrorCode;

  constructor(code: FleetErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'FleetError';
    this.code = code;
  }
}
