import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { TestContext } from 'node:test';

import * as fc from 'fast-check';

import { HandlePost } from '../../src/protocol/handle-post.ts';
import type { HandleMessage } from '../../src/protocol/handle-post.ts';
import { mockTimeouts } from '../support/own-timers.ts';

interface Letter {
  readonly act: 'letter';
  readonly text: string;
}

interface Sent {
  readonly message: Letter | HandleMessage;
  readonly handle: object | undefined;
}

/** Two processes: what one sends the other gets when it is brought, in order, or is dropped with its handle. */
function setUp() {
  const toThere: Sent[] = [];
  const toHere: Sent[] = [];
  const got: string[] = [];
  const here = new HandlePost<Letter, object>((message, handle) => void toThere.push({ message, handle }));
  const there = new HandlePost<Letter, object>((message, handle) => void toHere.push({ message, handle }));
  const arrive = (at: HandlePost<Letter, object>, { message, handle }: Sent): void => {
    if (handle) at.came();
    if (message.act === 'letter') got.push(message.text);
    else at.receive(message);
  };
  /** `isLost`: of which letters the handle does not arrive. */
  const bring = (isLost: (letter: Letter) => boolean = () => false): void => {
    while (toThere.length + toHere.length > 0) {
      for (const sent of toThere.splice(0))
        if (sent.message.act !== 'letter' || !isLost(sent.message)) arrive(there, sent);
      for (const sent of toHere.splice(0)) arrive(here, sent);
    }
  };
  return { here, there, got, bring };
}

function letter(text: string): Letter {
  return { act: 'letter', text };
}

describe('a HandlePost', () => {
  it('says of each handle whether it has come, once', () => {
    fc.assert(
      fc.property(fc.array(fc.boolean(), { maxLength: 20 }), (lost) => {
        const { here, bring, got } = setUp();
        const answers: string[] = [];
        lost.forEach((_, i) => here.send(letter(`${i}`), {}, (hasCome) => answers.push(`${i} ${hasCome}`)));
        assert.deepEqual(answers, []);
        bring(({ text }) => lost[Number(text)] ?? false);
        assert.deepEqual(
          answers,
          lost.map((isLost, i) => `${i} ${!isLost}`),
        );
        assert.deepEqual(
          got,
          lost.flatMap((isLost, i) => (isLost ? [] : [`${i}`])),
        );
      }),
    );
  });

  it('sends again what must come until it has, each 500 ms', (t: TestContext) => {
    mockTimeouts(t);
    const { here, got, bring } = setUp();
    let overs = 0;
    here.insist(letter('must'), {}, { onOver: () => (overs += 1) });
    for (let i = 0; i < 3; i += 1) {
      bring(() => true);
      assert.deepEqual([got, overs], [[], 0]);
      t.mock.timers.tick(500);
    }
    bring();
    t.mock.timers.tick(5000);
    bring();
    assert.deepEqual([got, overs], [['must'], 1]);
  });

  it('sends nothing again that is not wanted any more', (t: TestContext) => {
    mockTimeouts(t);
    const { here, got, bring } = setUp();
    let isWanted = true;
    let overs = 0;
    here.insist(letter('may'), {}, { onOver: () => (overs += 1), isWanted: () => isWanted });
    bring(() => true);
    isWanted = false;
    t.mock.timers.tick(500);
    bring();
    assert.deepEqual([got, overs], [[], 1]);
  });

  it('answers for all that is under way when the channel closes, and sends nothing from then on', async (t: TestContext) => {
    mockTimeouts(t);
    const { here, got, bring } = setUp();
    const answers: string[] = [];
    here.send(letter('one'), {}, (hasCome) => answers.push(`one ${hasCome}`));
    here.insist(letter('two'), {}, { onOver: () => answers.push('two is over') });
    here.close();
    here.send(letter('three'), {}, (hasCome) => answers.push(`three ${hasCome}`));
    assert.deepEqual(answers, ['one false', 'two is over']);
    await Promise.resolve();
    await new Promise(setImmediate);
    assert.deepEqual(answers, ['one false', 'two is over', 'three false']);
    bring();
    assert.deepEqual(got, ['one', 'two']);
  });

  it('takes an answer that nobody waits for', () => {
    const { here } = setUp();
    here.receive({ act: 'handle-came', ack: 7, hasCome: true });
  });
});
