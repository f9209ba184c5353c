import assert from 'node:assert/strict';
import { describe, it } from 'node:test';

import { Hub, PRIMARY_ID } from '../../../src/together/hub.ts';
import { IncomingReader } from '../../../src/together/incoming.ts';
import { OnceService } from '../../../src/together/once/once-service.ts';
import { Outbox } from '../../../src/together/outbox.ts';
import { memoryWays } from '../../../src/together/way.ts';
import { until } from '../../support/load.ts';

describe('the service of jobs', () => {
  it('keeps no note that the next holder could not be sent', async () => {
    const hub = new Hub(() => [new OnceService(() => undefined)]);
    const member = hub.members.get(PRIMARY_ID);
    assert(member);
    const [there, here] = memoryWays();
    const notes = new Map<unknown, unknown>();
    const reader = new IncomingReader(
      ({ header }) => void notes.set(header.get('ack'), header.get('note')),
      () => here.close(),
    );
    here.onFrame = (frame) => reader.take(frame);
    hub.join(member, there);
    const outbox = new Outbox();
    outbox.open(here);
    for (const [n, note] of ['5', '1e999', '"text"'].entries()) {
      const about = `"s":"once","name":"j","n":${n}`;
      outbox.send(`{"t":"apply",${about}}`);
      outbox.send(`{"t":"note","note":${note},${about}}`);
      outbox.send(`{"t":"withdraw",${about}}`);
    }
    outbox.send('{"t":"apply","s":"once","name":"j","n":3}');
    await until('all had their turn', () => notes.size === 4);
    assert.deepEqual([...notes.values()], [undefined, 5, 5, 5]);
  });
});
