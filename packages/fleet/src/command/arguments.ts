import { parseArgs } from 'node:util';

import { FleetError } from '../errors.ts';
import { checkFleet, checkHost } from '../identity.ts';
import type { Action } from '../protocol/rollout-record.ts';

/** Which fleet, and how its engine is reached. */
export interface Target {
  readonly servers: readonly string[];
  readonly name: string;
  readonly credentialsFile: string | undefined;
  readonly tls: { readonly ca?: string; readonly cert?: string; readonly key?: string } | undefined;
}

export type Request = { readonly target: Target; readonly isJson: boolean } & (
  { readonly kind: 'status' } | { readonly kind: 'abort' } | ({ readonly kind: 'drive' } & Drive)
);

export interface Drive {
  readonly action: Action;
  readonly maxUnavailable: number;
  readonly soakMs: number;
  readonly forget: readonly string[];
  readonly only: readonly string[] | undefined;
}

const OPTIONS = {
  fleet: { type: 'string' },
  'fleet-name': { type: 'string' },
  'fleet-credentials': { type: 'string' },
  'fleet-ca': { type: 'string' },
  'fleet-cert': { type: 'string' },
  'fleet-key': { type: 'string' },
  json: { type: 'boolean' },
  'max-unavailable': { type: 'string' },
  soak: { type: 'string' },
  abort: { type: 'boolean' },
  forget: { type: 'string', multiple: true },
  all: { type: 'boolean' },
} as const;
/** What only some verbs take. */
const OF_VERBS: Readonly<Record<string, readonly string[]>> = {
  'max-unavailable': ['reload', 'scale', 'stop'],
  soak: ['reload', 'scale'],
  abort: ['reload', 'scale', 'stop'],
  forget: ['reload', 'scale', 'stop'],
  all: ['stop'],
};
const VERBS = 'status, reload, scale N, stop HOST, or stop --all';
const SOAK_MS = 30_000;
const MS = { ms: 1, s: 1000, m: 60_000, min: 60_000, h: 3_600_000 } as const;
/** All at once. */
const ANY_NUMBER = 1_000_000;

type Values = ReturnType<typeof parse>['values'];

/** Whatever else is said. */
export function asksForHelp(argv: readonly string[]): boolean {
  return argv.some((argument) => argument === '--help' || argument === '-h');
}

/** @throws {FleetError} ERR_FLEET_INVALID_ARGUMENT */
export function readArguments(argv: readonly string[], env: NodeJS.ProcessEnv): Request {
  const { values, positionals } = parse(argv);
  const [verb, operand, ...more] = positionals;
  if (verb === undefined) throw misuse(`Cannot tell what to do: say ${VERBS}`);
  checkVerb(verb, values);
  const hasOperand = (verb === 'scale' && !values.abort) || (verb === 'stop' && !values.all && !values.abort);
  const extra = hasOperand ? more[0] : operand;
  if (extra !== undefined) throw misuse(`Cannot take ${JSON.stringify(extra)} after 'fleet ${verb}'`);
  const common = { target: readTarget(values, env), isJson: values.json ?? false };
  if (verb === 'status') return { ...common, kind: 'status' };
  if (values.abort) return { ...common, kind: 'abort' };
  const action = actionOf(verb, operand, values.all ?? false);
  return {
    ...common,
    kind: 'drive',
    action,
    maxUnavailable: atLeastOne('--max-unavailable', values['max-unavailable'], values.all ? ANY_NUMBER : 1),
    soakMs: action.kind === 'stop' ? 0 : durationOf(values.soak),
    forget: values.forget ?? [],
    only: action.kind === 'stop' && operand !== undefined ? [operand] : undefined,
  };
}

function parse(argv: readonly string[]) {
  try {
    return parseArgs({ args: [...argv], options: OPTIONS, allowPositionals: true });
  } catch (error) {
    throw misuse(`Cannot read the arguments: ${error instanceof Error ? error.message : String(error)}`);
  }
}

function checkVerb(verb: string, values: Values): void {
  if (!['status', 'reload', 'scale', 'stop'].includes(verb))
    throw misuse(`Cannot do ${JSON.stringify(verb)} with a fleet: say ${VERBS}`);
  for (const option of Object.keys(values)) {
    if (OF_VERBS[option]?.includes(verb) === false)
      throw misuse(`Cannot take --${option} with 'fleet ${verb}': it is for ${OF_VERBS[option].join(', ')}`);
  }
}

function actionOf(verb: string, operand: string | undefined, isAll: boolean): Action {
  if (verb === 'reload') return { kind: 'reload' };
  if (verb === 'scale') return { kind: 'scale', workers: atLeastOne("'fleet scale'", operand) };
  if (operand === undefined && !isAll) throw misuse('Cannot tell what to stop: say stop HOST, or stop --all');
  if (operand !== undefined) checkHost(operand);
  return { kind: 'stop' };
}

function readTarget(values: Values, env: NodeJS.ProcessEnv): Target {
  const servers = (values.fleet ?? env['GRAPPOLO_FLEET'] ?? '').split(',').filter((server) => server !== '');
  if (servers.length === 0)
    throw misuse("Cannot find the fleet's engine: give --fleet nats://HOST:4222, or set GRAPPOLO_FLEET");
  const name = values['fleet-name'] ?? env['GRAPPOLO_FLEET_NAME'];
  if (name === undefined || name === '')
    throw misuse('Cannot tell which fleet: give --fleet-name NAME, or set GRAPPOLO_FLEET_NAME');
  checkFleet(name);
  const { 'fleet-ca': ca, 'fleet-cert': cert, 'fleet-key': key } = values;
  const tls = {
    ...(ca === undefined ? {} : { ca }),
    ...(cert === undefined ? {} : { cert }),
    ...(key === undefined ? {} : { key }),
  };
  const credentialsFile = values['fleet-credentials'];
  return { servers, name, credentialsFile, tls: Object.keys(tls).length === 0 ? undefined : tls };
}

function atLeastOne(what: string, text: string | undefined, byDefault?: number): number {
  if (text === undefined && byDefault !== undefined) return byDefault;
  const number = /^\d{1,6}$/.test(text ?? '') ? Number(text) : 0;
  if (number >= 1) return number;
  const given = text === undefined ? 'there is none' : `it is ${JSON.stringify(text)}`;
  throw misuse(`Cannot take the number of ${what}: ${given}, and must be a whole one, 1 or more`);
}

function durationOf(text: string | undefined): number {
  if (text === undefined) return SOAK_MS;
  const [, number = '', unit = ''] = /^(\d+(?:\.\d+)?)(ms|s|m|min|h)$/.exec(text) ?? [];
  if (unit !== '') return Number(number) * MS[unit as keyof typeof MS];
  throw misuse(`Cannot take the time of --soak: it is ${JSON.stringify(text)}, and must be as 30s or 2m`);
}

function misuse(message: string): FleetError {
  return new FleetError('ERR_FLEET_INVALID_ARGUMENT', message);
}
