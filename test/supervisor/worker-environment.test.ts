import assert from 'node:assert/strict';
import { hostname } from 'node:os';
import { describe, it } from 'node:test';

import { instanceId } from '../../src/core/instance-id.ts';
import type { Plan } from '../../src/supervisor/options.ts';
import { workerEnvironment } from '../../src/supervisor/worker-environment.ts';

const KEY = 'OTEL_RESOURCE_ATTRIBUTES';
const PLAN: Pick<Plan, 'name' | 'exec' | 'cwd' | 'env'> = {
  name: undefined,
  exec: '/srv/api.js',
  cwd: undefined,
  env: {},
};

describe('workerEnvironment()', () => {
  it('names the slot', () => {
    const { GRAPPOLO_SLOT, NODE_APP_INSTANCE, A } = workerEnvironment({ ...PLAN, env: { A: '1' } }, 3, {});
    assert.deepEqual([GRAPPOLO_SLOT, NODE_APP_INSTANCE, A], ['3', '3', '1']);
  });

  it('makes the id of the name, or else of the file, wherever it is named from', () => {
    assert.equal(idOf({}), instanceId(hostname(), '/srv/api.js', 1));
    assert.equal(idOf({ exec: 'api.js', cwd: '/srv' }), idOf({}));
    assert.equal(idOf({ name: 'api' }), instanceId(hostname(), 'api', 1));
    assert.equal(idOf({ name: 'api', exec: '/srv/new/api.js' }), idOf({ name: 'api' }));
  });

  it('keeps the attributes of the environment that the worker would have had', () => {
    const inherited = { [KEY]: 'a=1' };
    assert.match(String(workerEnvironment(PLAN, 0, inherited)[KEY]), /^a=1,service\.instance\.id=/);
    const own = { ...PLAN, env: { [KEY]: 'b=2' } };
    assert.match(String(workerEnvironment(own, 0, inherited)[KEY]), /^b=2,service\.instance\.id=/);
    const none = { ...PLAN, env: { [KEY]: undefined } };
    assert.match(String(workerEnvironment(none, 0, inherited)[KEY]), /^service\.instance\.id=/);
  });
});

function idOf(plan: Partial<typeof PLAN>): string {
  return String(workerEnvironment({ ...PLAN, ...plan }, 1, {})[KEY]).replace('service.instance.id=', '');
}
