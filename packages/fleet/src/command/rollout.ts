import { FleetError } from '../errors.ts';
import { nameInWords, ownName } from '../identity.ts';
import type { Outcome } from '../protocol/rollout-outcome.ts';
import type { Action, RolloutRecord } from '../protocol/rollout-record.ts';
import type { Drive, Request } from './arguments.ts';
import { drive, type Driven, type Wish } from './drive.ts';
import { Progress } from './progress.ts';
import type { Session } from './run.ts';

type RolloutRequest = Exclude<Request, { readonly kind: 'status' }>;

/**
 * Does something to host after host, or has that aborted.
 *
 * @throws {FleetError} ERR_FLEET_ROLLOUT_FAILED, ERR_FLEET_ROLLOUT_BUSY, ERR_FLEET_ROLLOUT_ABORTED, ERR_FLEET_ROLLOUT_LOST,
 *   ERR_FLEET_NO_HOST
 */
export async function runRollout(session: Session, request: RolloutRequest): Promise<number> {
  const say = (text: string) => {
    if (!request.isJson) session.output.print(text);
  };
  const driven = request.kind === 'abort' ? await abort(session, say) : await driveOwn(session, request, say);
  const { outcome, record } = driven;
  try {
    checkOutcome(request, outcome, record);
  } catch (error) {
    if (!request.isJson || !(error instanceof FleetError)) throw error;
    const { code, message } = error;
    session.output.print(JSON.stringify({ ...outcome, error: { code, message } }));
    return 1;
  }
  if (request.isJson) session.output.print(JSON.stringify(outcome));
  else for (const line of linesOf(request, outcome, record)) session.output.print(line);
  return 0;
}

/** What another has begun and left is ended first; where it is something else, this is done then. */
async function driveOwn(
  session: Session,
  request: Drive & { readonly isJson: boolean },
  say: (text: string) => void,
): Promise<Driven> {
  const { action, maxUnavailable, soakMs, forget, only } = request;
  const wish: Wish = {
    intent: 'drive',
    action,
    maxUnavailable,
    soakMs,
    forget,
    ...(only === undefined ? {} : { only }),
  };
  for (;;) {
    const { own, driven } = await driveOnce(session, wish, request.isJson, say);
    const { outcome, record } = driven;
    const isOther = !own && record && !isSame(record, action, only);
    if (outcome.result !== 'done' || !isOther) return driven;
    say(`the ${words(record.action)} that another began is done`);
  }
}

async function abort(session: Session, say: (text: string) => void): Promise<Driven> {
  // What is aborted has its own terms.
  const wish: Wish = {
    intent: 'abort',
    action: { kind: 'reload' },
    maxUnavailable: 1,
    soakMs: 0,
    forget: [],
  };
  let told: string | undefined;
  for (;;) {
    const { driven } = await driveOnce(session, wish, true, say);
    const { result, by } = driven.outcome;
    if (result === 'nothing to abort' && told !== undefined)
      return { ...driven, outcome: { ...driven.outcome, result: 'aborted', by: told } };
    if (result !== 'told to abort') return driven;
    if (told !== by && by !== undefined) say(`${nameInWords(by)} was told to abort`);
    told = by;
  }
}

/** Each time as somebody new: a name holds a lease once. */
async function driveOnce(
  session: Session,
  wish: Wish,
  isQuiet: boolean,
  say: (text: string) => void,
): Promise<{ readonly own: boolean; readonly driven: Driven }> {
  const me = ownName();
  const progress = isQuiet ? undefined : new Progress(session.output);
  let isFirst = true;
  const driven = await drive({ ...session, me }, wish, {
    onProgress: (record) => {
      if (isFirst && !isOwn(record, me)) say(`going on with the ${words(record.action)} that another began`);
      isFirst = false;
      progress?.show(record);
    },
    onWaiting: (ms) =>
      say(
        `waiting ${Math.ceil(ms / 1000)} s, since the engine is new: whoever drove by the one before has stopped by then`,
      ),
  });
  return { own: driven.record !== undefined && isOwn(driven.record, me), driven };
}

function checkOutcome(request: RolloutRequest, outcome: Outcome, record: RolloutRecord | undefined): void {
  const { result, by, failure, done } = outcome;
  const what = record ? words(record.action) : request.kind === 'drive' ? words(request.action) : 'rollout';
  switch (result) {
    case 'done':
      if (request.kind === 'drive') checkHosts(request, outcome);
      return;
    case 'nothing to abort':
      return;
    case 'aborted':
      if (request.kind === 'abort') return;
      throw new FleetError(
        'ERR_FLEET_ROLLOUT_ABORTED',
        `Cannot end the ${what}: it was aborted. ${standing(outcome)}`,
      );
    case 'failed':
      throw new FleetError(
        'ERR_FLEET_ROLLOUT_FAILED',
        `Cannot go on with the ${what}: ${failure ? `'${failure.host}' failed: ${failure.reason}` : 'a host failed'}. ${standing(outcome, failure?.host)}`,
      );
    case 'refused':
      throw new FleetError(
        'ERR_FLEET_ROLLOUT_BUSY',
        `Cannot begin the ${what}: ${nameInWords(by ?? '')} drives one just now. Wait for its end, or stop it with 'grappolo fleet reload --abort'`,
      );
    case 'stop left':
      throw new FleetError(
        'ERR_FLEET_ROLLOUT_BUSY',
        `Cannot begin the ${what}: ${nameInWords(by ?? '')} began to stop hosts, and left that in the middle. Go on with it by 'grappolo fleet stop', or end it by 'grappolo fleet reload --abort'`,
      );
    case 'told to abort':
    case 'lost':
      throw new FleetError(
        'ERR_FLEET_ROLLOUT_LOST',
        `Cannot go on with the ${what}: ${by === undefined ? 'the engine was away for too long' : `${nameInWords(by)} has taken it over`}, after ${done.length} of ${record?.total ?? 0} hosts. Say the same again to go on with it, or --abort`,
      );
    case 'forgotten':
      throw new FleetError(
        'ERR_FLEET_ROLLOUT_LOST',
        `Cannot go on with the ${what}: the engine has forgotten it, after ${done.length} of ${record?.total ?? 0} hosts. Say the same again to begin anew`,
      );
    default:
      result satisfies never;
  }
}

function checkHosts({ only, action }: Drive, { done, skipped }: Outcome): void {
  if (only ? only.every((host) => done.includes(host)) : done.length > 0) return;
  const which = only ? `'${only.join("', '")}'` : 'any host';
  const fact = skipped.length > 0 ? `nothing is heard of ${skipped.join(', ')}` : 'it is not in the fleet';
  throw new FleetError(
    'ERR_FLEET_NO_HOST',
    `Cannot ${verb(action)} ${which}: ${only || skipped.length > 0 ? fact : 'none is in the fleet'}. See 'grappolo fleet status'`,
  );
}

function linesOf(
  request: RolloutRequest,
  outcome: Outcome,
  record: RolloutRecord | undefined,
): readonly string[] {
  const { result, skipped, done, left, by } = outcome;
  if (result === 'nothing to abort') return ['nothing to abort'];
  if (result === 'aborted')
    return [by === undefined ? `aborted. ${standing(outcome)}` : `aborted by ${nameInWords(by)}`];
  const silent =
    request.kind === 'drive' && skipped.length > 0
      ? [`left out, since they are silent: ${skipped.join(', ')}`]
      : [];
  const gone = left.length > 0 ? [`passed over, since they have left: ${left.join(', ')}`] : [];
  const what = record ? words(record.action) : 'rollout';
  return [`${what} done: ${done.length} ${done.length === 1 ? 'host' : 'hosts'}`, ...gone, ...silent];
}

/** Where all hosts stand, but for one that has been told of. */
function standing({ done, failed, out, left }: Outcome, told?: string): string {
  const failures = failed
    .filter(({ host }) => host !== told)
    .map(({ host, reason }) => `${host} (${reason})`);
  const others = out.filter((host) => host !== told);
  const parts = [
    `done: ${done.join(', ') || 'none'}`,
    ...(failures.length > 0 ? [`${told === undefined ? '' : 'also '}failed: ${failures.join(', ')}`] : []),
    ...(others.length > 0 ? [`not known: ${others.join(', ')}`] : []),
    `as they were: ${left.join(', ') || 'none'}`,
  ];
  return parts.join('; ');
}

function isOwn({ id }: RolloutRecord, me: string): boolean {
  return id.startsWith(`${me}-`);
}

function isSame(record: RolloutRecord, action: Action, only: readonly string[] | undefined): boolean {
  const { action: begun } = record;
  const isSameAction =
    begun.kind === action.kind &&
    (begun.kind !== 'scale' || (action.kind === 'scale' && begun.workers === action.workers));
  return isSameAction && String(record.only ?? '') === String(only ?? '');
}

function words(action: Action): string {
  return action.kind === 'scale' ? `scale to ${action.workers}` : action.kind;
}

function verb({ kind }: Action): string {
  return kind;
}
