import assert from 'node:assert/strict';
import { describe, it } from 'node:test';

import { Calls } from '../../../src/together/calls/calls.ts';
import type { Answer } from '../../../src/together/calls/calls.ts';
import { wholeFrame } from '../../../src/together/frames.ts';
import { HeaderStart } from '../../../src/together/header.ts';
import { Here } from '../../../src/together/here.ts';
import { PlayedWay } from '../core/played-way.ts';

const QUESTION = {
  name: 'cache.warm()',
  header: new HeaderStart({ s: 'call', t: 'call', to: 'primary', api: 'cache', m: 'warm' }),
  args: [],
  signal: undefined,
  timeoutMs: 600_000,
};

describe('an answer that cannot be read', () => {
  for (const [what, isOk, body] of [
    ['no JSON', true, '{'],
    ['an error whose message is no text', false, '{"isError":true,"message":{"toString":1,"valueOf":1}}'],
  ] as const) {
    it(`rejects the call, and ends nobody else: ${what}`, () => {
      const way = new PlayedWay();
      const here = new Here({ id: 0, slot: undefined, open: (onOpen) => onOpen(way) });
      const answers: Answer[] = [];
      here.service(Calls).ask(QUESTION, {
        onAnswer: (answer) => answers.push(answer) > 0,
        onFailed: (error) => assert.fail(String(error)),
      });
      assert.equal(way.references.at(-1), 'ref');
      way.onFrame?.(wholeFrame(1, { s: 'call', ok: isOk, id: 1, ack: 1 }, body));
      assert.equal(answers.length, 1);
      assert(answers[0] && 'error' in answers[0] && answers[0].error instanceof Error);
      assert.equal(way.references.at(-1), 'unref');
    });
  }
});
