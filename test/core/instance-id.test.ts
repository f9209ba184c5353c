import assert from 'node:assert/strict';
import { describe, it } from 'node:test';

import { instanceId, uuidV5, withInstanceId } from '../../src/core/instance-id.ts';

describe('uuidV5()', () => {
  it('gives what RFC 9562 does', () => {
    assert.equal(
      uuidV5('6ba7b810-9dad-11d1-80b4-00c04fd430c8', 'www.example.com'),
      '2ed6657d-e927-568b-95e1-2665a8aea6a2',
    );
  });
});

describe('instanceId()', () => {
  it('is the same for the same place, and another for any other', () => {
    const places = [
      ['a', 'api', 0],
      ['a', 'api', 1],
      ['b', 'api', 0],
      ['a', 'api1', 0],
      ['a', 'api', 10],
    ] as const;
    const idOf = ([host, name, slot]: (typeof places)[number]): string => instanceId(host, name, slot);
    const ids = places.map((place) => idOf(place));
    assert.equal(new Set(ids).size, places.length);
    assert.deepEqual(
      places.map((place) => idOf(place)),
      ids,
    );
    for (const id of ids)
      assert.match(id, /^[\da-f]{8}-[\da-f]{4}-5[\da-f]{3}-[89ab][\da-f]{3}-[\da-f]{12}$/);
  });
});

describe('withInstanceId()', () => {
  for (const [attributes, expected] of [
    [undefined, 'service.instance.id=ID'],
    ['', 'service.instance.id=ID'],
    [' , ', 'service.instance.id=ID'],
    ['service.name=api,', 'service.name=api,service.instance.id=ID'],
    ['a=b%2Cc,d=service.instance.id', 'a=b%2Cc,d=service.instance.id,service.instance.id=ID'],
    ['service.instance.id=mine,a=b', 'service.instance.id=mine,a=b'],
    ['a=b, service.instance.id = mine', 'a=b, service.instance.id = mine'],
  ] as const) {
    it(`makes ${expected} of ${String(attributes)}`, () => {
      assert.equal(withInstanceId(attributes, 'ID'), expected);
    });
  }
});
