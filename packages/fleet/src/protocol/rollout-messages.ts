import type { Json } from '../engine/engine.ts';
import { type Fence, readFence } from './fence.ts';
import { type Health, readHealth } from './health.ts';
import type { Action } from './rollout-record.ts';
import { isRecord } from './term.ts';

/** From a driver to one host: do your step, or only say what became of it. Asked again and again, and harmless each time. */
export type Ask = {
  readonly type: 'order' | 'settle';
  readonly rollout: string;
  readonly instance: string;
  readonly fence: Fence;
  readonly action: Action;
};

/** What a host has to say of it. */
export type Reply =
  /** `none`: it has not done the step, and will not for this driver or one before. */
  | { readonly state: 'none' | 'other-instance' }
  /** It does not do as it was told: somebody newer has spoken, or the engine's record does not say so. */
  | { readonly state: 'refused'; readonly reason: string }
  | { readonly state: 'doing' }
  | {
      readonly state: 'done' | 'failed';
      readonly reason: string;
      /** As it was when it began. */
      readonly before: Health;
      readonly now: Health;
    };

/** Where a host is asked. */
export function hostSubject(host: string): string {
  return `host.${host}`;
}

/** Where a driver is told to abort. */
export function driverSubject(driver: string): string {
  return `driver.${driver}`;
}

export function readAsk(value: Json | undefined): Ask | undefined {
  if (!isRecord(value)) return undefined;
  const { type, rollout, instance, action } = value;
  const fence = readFence(value['fence']);
  const isWhole =
    (type === 'order' || type === 'settle') &&
    typeof rollout === 'string' &&
    typeof instance === 'string' &&
    isRecord(action) &&
    fence !== undefined;
  return isWhole ? { type, rollout, instance, fence, action: action as Action } : undefined;
}

export function readReply(value: Json | undefined): Reply | undefined {
  if (!isRecord(value)) return undefined;
  const { state } = value;
  const reason = typeof value['reason'] === 'string' ? value['reason'] : '';
  if (state === 'none' || state === 'other-instance' || state === 'doing') return { state };
  if (state === 'refused') return { state, reason };
  if (state !== 'done' && state !== 'failed') return undefined;
  const before = readHealth(value['before']);
  const now = readHealth(value['now']);
  return before && now ? { state, reason, before, now } : undefined;
}
