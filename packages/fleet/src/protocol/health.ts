import type { Json } from '../engine/engine.ts';
import { isRecord } from './term.ts';

/** So far back the figures of a host go. */
export const HEALTH_WINDOW_MS = 10_000;

/** How a host does, over its last seconds. */
export type Health = {
  readonly ready: number;
  readonly wanted: number;
  /** Requests in the window that the other figures are of. */
  readonly requests: number;
  /** The part of them that failed, from 0 to 1. */
  readonly errorRate: number;
  readonly p99Ms: number;
};

/** What is still no worse than before. */
export interface HealthTerms {
  /** So many times as many errors, or as long a p99. */
  readonly factor: number;
  /** An error rate up to this is never worse: twice next to nothing is next to nothing. */
  readonly errorFloor: number;
  /** A p99 up to this is never worse. */
  readonly p99FloorMs: number;
  /** With fewer requests, in the window before or now, the figures say nothing. */
  readonly minRequests: number;
}

/**
 * A p99 of 100 requests is the second slowest of them, and its spread from one window to the next is far below two times where
 * nothing has changed; an error rate of a per cent is one error in 100 requests, which may be chance.
 */
export const HEALTH_TERMS: HealthTerms = { factor: 2, errorFloor: 0.01, p99FloorMs: 50, minRequests: 100 };

/** In what a host is worse than before; `undefined` where in nothing. */
export function worsening(
  before: Health,
  now: Health,
  { factor, errorFloor, p99FloorMs, minRequests }: HealthTerms,
): string | undefined {
  // More workers may be wanted than before; one that was not full before need not be.
  const missing = (health: Health) => Math.max(0, health.wanted - health.ready);
  if (missing(now) > missing(before)) return `${now.ready} of ${now.wanted} workers ready`;
  if (now.requests < minRequests) return undefined;
  const isKnown = before.requests >= minRequests;
  const errorLimit = Math.max(errorFloor, isKnown ? before.errorRate * factor : 0);
  if (now.errorRate > errorLimit) return `error rate ${now.errorRate}, before ${before.errorRate}`;
  // What it was unknown before cannot be said to have become worse; that errors are bad is known without.
  if (isKnown && now.p99Ms > Math.max(p99FloorMs, before.p99Ms * factor))
    return `p99 ${now.p99Ms} ms, before ${before.p99Ms} ms`;
  return undefined;
}

export function readHealth(value: Json | undefined): Health | undefined {
  if (!isRecord(value)) return undefined;
  const { ready, wanted, requests, errorRate, p99Ms } = value;
  const isWhole =
    typeof ready === 'number' &&
    typeof wanted === 'number' &&
    typeof requests === 'number' &&
    typeof errorRate === 'number' &&
    typeof p99Ms === 'number';
  return isWhole ? { ready, wanted, requests, errorRate, p99Ms } : undefined;
}
