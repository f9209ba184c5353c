import assert from 'node:assert/strict';
import { once } from 'node:events';
import http from 'node:http';
import { describe, it } from 'node:test';
import { pathToFileURL } from 'node:url';

import type * as Grappolo from '../../src/index.ts';
import type { SupervisorEvent } from '../../src/index.ts';
import { limitMs } from '../support/limits.ts';
import { until } from '../support/load.ts';
import { inRoot } from '../support/paths.ts';

// As programs load it: workers need what the build makes.
const { supervise } = (await import(pathToFileURL(inRoot('dist/index.cjs')).href)) as typeof Grappolo;

async function get(url: string): Promise<string> {
  const request = http.get(url, { agent: false, signal: AbortSignal.timeout(limitMs(10_000)) });
  const [response] = (await once(request, 'response')) as [http.IncomingMessage];
  let text = '';
  for await (const chunk of response.setEncoding('utf8')) text += String(chunk);
  return text;
}

/** The values of a metric, by its labels. */
function valuesOf(text: string, name: string): Record<string, number> {
  const lines = text.matchAll(new RegExp(`^${name}(\\{.*\\})? (.+)$`, 'gm'));
  return Object.fromEntries([...lines].map(([, labels = '', value]) => [labels, Number(value)]));
}

describe('the operations address of a supervisor', () => {
  it('shows from the start what its workers count, and what those that are gone have counted', async (t) => {
    const events: SupervisorEvent[] = [];
    const app = await supervise({
      exec: inRoot('test/supervisor/programs/various.cjs'),
      args: ['serves'],
      execArgv: [],
      workers: 2,
      ops: { address: '127.0.0.1:0' },
      onEvent: (event) => events.push(event),
      ready: { timeoutMs: limitMs(10_000) },
    });
    t.after(() => app.close());
    const urls = (): string[] => events.flatMap((event) => (event.type === 'ops-up' ? [event.url] : []));
    const metrics = (): Promise<string> => get(`${urls().at(-1)}/metrics`);
    const port = app.status().addresses[0]?.port;
    for (let i = 0; i < 10; i += 1) await get(`http://127.0.0.1:${port}/`);
    const total = (text: string): number =>
      Object.values(valuesOf(text, 'grappolo_http_requests_total')).reduce((sum, value) => sum + value, 0);
    await until('all requests are counted', async () => total(await metrics()) === 10);
    const text = await metrics();
    const [info = ''] = Object.keys(valuesOf(text, 'grappolo_info'));
    assert(info.includes(`node="${process.version}"`), info);
    assert.deepEqual(Object.values(valuesOf(text, 'grappolo_listener_connections_accepted_total')), [10]);
    assert.deepEqual(valuesOf(text, 'grappolo_worker_ready'), { '{slot="0"}': 1, '{slot="1"}': 1 });
    const memory = Object.values(valuesOf(text, 'grappolo_worker_memory_bytes'));
    assert(memory.length === 2 && memory.every((bytes) => bytes > 1e6), memory.join());
    await app.replace(1);
    await until('no counter has fallen', async () => total(await metrics()) === 10);
  });
});
