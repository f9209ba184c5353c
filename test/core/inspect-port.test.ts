import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { inspect } from 'node:util';

import * as fc from 'fast-check';

import { inspectArgument } from '../../src/core/inspect-port.ts';
import type { InspectRequest } from '../../src/core/inspect-port.ts';

const BASE: InspectRequest = {
  execArgv: [],
  nodeOptions: [],
  inspectPort: undefined,
  primaryExecArgv: [],
  primaryPort: 9229,
  offset: 0,
  isFree: () => true,
};

function ask(request: Partial<InspectRequest>): string | undefined {
  return inspectArgument({ ...BASE, ...request }).argument;
}

describe('inspectArgument', () => {
  const cases: readonly (readonly [
    name: string,
    request: Partial<InspectRequest>,
    argument: string | undefined,
  ])[] = [
    ['nothing asks for an inspector', { execArgv: ['--trace-warnings'] }, undefined],
    ['only a flag that sounds similar is there', { execArgv: ['--inspect-publish-uid=http'] }, undefined],
    ['inspectPort is given but no inspector', { inspectPort: 9300 }, undefined],
    ['--inspect', { execArgv: ['--inspect'] }, '--inspect-port=9230'],
    ['--inspect-brk', { execArgv: ['--inspect-brk'] }, '--inspect-port=9230'],
    ['--inspect-wait', { execArgv: ['--inspect-wait'] }, '--inspect-port=9230'],
    ['--inspect=', { execArgv: ['--inspect='] }, '--inspect-port=9230'],
    ['the third worker', { execArgv: ['--inspect'], offset: 2 }, '--inspect-port=9232'],
    [
      '--inspect-port of the primary',
      { execArgv: ['--inspect-port=9500'], primaryExecArgv: ['--inspect-port=9500'], primaryPort: 9500 },
      '--inspect-port=9501',
    ],
    [
      '--debug-port of the primary',
      { execArgv: ['--debug-port=9500'], primaryExecArgv: ['--debug-port=9500'], primaryPort: 9500 },
      '--inspect-port=9501',
    ],
    ['NODE_OPTIONS', { nodeOptions: ['--inspect=9400'], primaryPort: 9400 }, '--inspect-port=9401'],
    [
      'a host and a port of the primary',
      { execArgv: ['--inspect=0.0.0.0:9229'], primaryExecArgv: ['--inspect=0.0.0.0:9229'] },
      '--inspect-port=9230',
    ],
    ['a host alone', { execArgv: ['--inspect=localhost'] }, '--inspect-port=9230'],
    [
      'an IPv6 host and a port of the primary',
      { execArgv: ['--inspect=[::1]:9229'], primaryExecArgv: ['--inspect=[::1]:9229'] },
      '--inspect-port=9230',
    ],
    ['an IPv6 host alone', { execArgv: ['--inspect=[::1]'] }, '--inspect-port=9230'],
    [
      'the last of two hosts',
      { nodeOptions: ['--inspect=1.1.1.1:1'], execArgv: ['--inspect=127.0.0.1'] },
      '--inspect-port=9230',
    ],
    ['port 65535 wraps', { execArgv: ['--inspect'], primaryPort: 65535 }, '--inspect-port=1024'],
    ['beyond 65535 wraps', { execArgv: ['--inspect'], primaryPort: 65534, offset: 4 }, '--inspect-port=1027'],
    ['a chosen port', { execArgv: ['--inspect'], inspectPort: 12345 }, '--inspect-port=12345'],
    ['a chosen port as text', { execArgv: ['--inspect'], inspectPort: '12345' }, '--inspect-port=12345'],
    ['a chosen port of 0', { execArgv: ['--inspect'], inspectPort: 0 }, '--inspect-port=0'],
    ['a chosen port beside a host', { execArgv: ['--inspect=[::]'], inspectPort: 1 }, '--inspect-port=1'],
    ['a chosen port by a function', { execArgv: ['--inspect'], inspectPort: () => 1 }, '--inspect-port=1'],
    ['an explicit --inspect-port', { execArgv: ['--inspect', '--inspect-port=9555'] }, '--inspect-port=9555'],
    ['an explicit --debug-port', { execArgv: ['--inspect', '--debug-port=9555'] }, '--inspect-port=9555'],
    ['an explicit --inspect', { execArgv: ['--inspect=9555'] }, '--inspect-port=9555'],
    ['an explicit port that the primary would have', { execArgv: ['--inspect=9229'] }, '--inspect-port=9229'],
    [
      'an explicit --inspect-port in two arguments',
      { execArgv: ['--inspect', '--inspect-port', '9555'] },
      '--inspect-port=9555',
    ],
    [
      'an explicit --debug-port in two arguments',
      { execArgv: ['--inspect', '--debug-port', '127.0.0.1:9555'] },
      '--inspect-port=9555',
    ],
    [
      'an --inspect-port of the primary in two arguments',
      {
        execArgv: ['--inspect', '--inspect-port', '9500'],
        primaryExecArgv: ['--inspect-port', '9500', '--inspect'],
        primaryPort: 9500,
      },
      '--inspect-port=9501',
    ],
    ['an explicit port beside a host', { execArgv: ['--inspect-brk=[::1]:9555'] }, '--inspect-port=9555'],
    [
      'the last of two explicit ports',
      { execArgv: ['--inspect=1', '--inspect-port=9555'] },
      '--inspect-port=9555',
    ],
    [
      'an explicit port that another worker has',
      { execArgv: ['--inspect=65535'], offset: 3, isFree: (port) => port === 1024 },
      '--inspect-port=1024',
    ],
    [
      'an explicit port where all are taken',
      { execArgv: ['--inspect=9555'], isFree: () => false },
      '--inspect-port=9555',
    ],
    ['an explicit port of 0', { execArgv: ['--inspect=0'] }, undefined],
    [
      "the primary's own port of 0",
      { execArgv: ['--inspect=0'], primaryExecArgv: ['--inspect=0'] },
      '--inspect-port=9230',
    ],
    ['a port of 0 in NODE_OPTIONS', { nodeOptions: ['--inspect=0'] }, '--inspect-port=9230'],
    ['an explicit port of 0 with a host', { execArgv: ['--inspect=127.0.0.1:0'] }, undefined],
    [
      'an explicit port and a choice',
      { execArgv: ['--inspect-port=9555'], inspectPort: 1 },
      '--inspect-port=1',
    ],
  ];
  for (const [name, request, argument] of cases) {
    it(`gives ${argument} for: ${name}`, () => assert.equal(ask(request), argument));
  }

  for (const inspectPort of [-1, 65536, 1.5, NaN, Infinity, 'x', '', ' ', {}, true, null, () => null]) {
    it(`refuses inspectPort ${inspect(inspectPort)}`, () => {
      assert.throws(() => ask({ execArgv: ['--inspect'], inspectPort }), {
        name: 'RangeError',
        code: 'ERR_SOCKET_BAD_PORT',
      });
    });
  }

  it('skips ports that are taken, on the host that will be used', () => {
    const asked: unknown[] = [];
    const answer = inspectArgument({
      ...BASE,
      execArgv: ['--inspect=[::1]'],
      isFree: (port, host) => {
        asked.push([port, host]);
        return port > 9231;
      },
    });
    assert.deepEqual(answer, { argument: '--inspect-port=9232', port: 9232, offset: 3 });
    assert.deepEqual(asked, [
      [9230, '[::1]'],
      [9231, '[::1]'],
      [9232, '[::1]'],
    ]);
  });

  it('gives the next port, rather than none, when all are taken', () => {
    assert.equal(ask({ execArgv: ['--inspect'], isFree: () => false }), '--inspect-port=9230');
  });

  it('leaves the offset alone where it chooses nothing', () => {
    for (const request of [
      {},
      { execArgv: ['--inspect=0'] },
      { execArgv: ['--inspect=9555'] },
      { execArgv: ['--inspect'], inspectPort: 5 },
    ]) {
      assert.equal(inspectArgument({ ...BASE, offset: 7, ...request }).offset, 7);
    }
  });

  it('gives successive workers ports that differ, all between 1024 and 65535', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1024, max: 65535 }),
        fc.integer({ min: 2, max: 30 }),
        (primaryPort, count) => {
          let offset = 0;
          const ports = Array.from({ length: count }, () => {
            const answer = inspectArgument({ ...BASE, execArgv: ['--inspect'], primaryPort, offset });
            offset = answer.offset;
            return Number(answer.argument?.split('=')[1]);
          });
          assert.equal(new Set(ports).size, count);
          for (const port of ports) assert(port >= 1024 && port <= 65535 && port !== primaryPort);
        },
      ),
    );
  });
});
