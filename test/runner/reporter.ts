import { inspect } from 'node:util';

import type { TestRecord } from './record.ts';

/** The part of node:test's events that is used here; see https://nodejs.org/api/test.html#class-testsstream. */
interface TestEvent {
  readonly type: string;
  readonly data: {
    readonly name: string;
    readonly nesting: number;
    readonly skip?: string | boolean;
    readonly todo?: string | boolean;
    readonly details?: {
      readonly type?: string;
      readonly duration_ms: number;
      readonly error?: Error & { readonly failureType?: string };
    };
  };
}

/** A reporter for node:test that writes records; what a suite says of itself is said by its tests already. */
export default async function* report(events: AsyncIterable<TestEvent>): AsyncGenerator<string> {
  const begun: string[] = [];
  const ran: string[] = [];
  for await (const event of events) {
    const record = recordOf(event, begun, ran);
    if (record) yield `${JSON.stringify(record)}\n`;
  }
}

/** node:test tells that tests begin when they do, and all else in the order in which they were written. */
function recordOf({ type, data }: TestEvent, begun: string[], ran: string[]): TestRecord | undefined {
  switch (type) {
    case 'test:dequeue':
      return { type: 'began', name: nameIn(begun, data) };
    case 'test:start':
      nameIn(ran, data);
      return undefined;
    case 'test:pass': {
      const name = nameIn(ran, data);
      if (data.skip !== undefined) return { type: 'skipped', name };
      return isSuite(data) ? undefined : { type: 'passed', name, tookMs: data.details?.duration_ms ?? 0 };
    }
    case 'test:fail': {
      const { error, duration_ms: tookMs = 0 } = data.details ?? {};
      if (error?.failureType === 'subtestsFailed') return undefined;
      return { type: 'failed', name: nameIn(ran, data), tookMs, error: textOf(error) };
    }
    default:
      return undefined;
  }
}

function nameIn(path: string[], { name, nesting }: TestEvent['data']): string {
  path.length = nesting;
  path.push(name);
  return path.join(' > ');
}

function isSuite({ details }: TestEvent['data']): boolean {
  return details?.type === 'suite';
}

/** What was thrown, where node:test has wrapped it. */
function textOf(error: Error | undefined): string {
  const thrown = error?.cause ?? error;
  return thrown instanceof Error ? (thrown.stack ?? thrown.message) : inspect(thrown);
}
