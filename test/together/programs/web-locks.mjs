// Programs for locks as browsers have them. Prints what each does, the same on `navigator.locks` of Node itself ('node') as here.
const { locks } = process.argv[2] === 'node' ? globalThis.navigator : await import('grappolo/together');

const turn = () => new Promise((resolve) => setTimeout(resolve, 20));
const deferred = () => {
  let settle;
  const promise = new Promise((resolve, reject) => (settle = { resolve, reject }));
  return { promise, ...settle };
};
const outcome = (promise) =>
  promise.then(
    (value) => ({ value }),
    (error) => ({ error: error?.name ?? String(error) }),
  );
const seen = async () => {
  const { held, pending } = await locks.query();
  const short = ({ name, mode }) => `${name}:${mode}`;
  return { held: held.map(short), pending: pending.map(short) };
};
/** Holds a lock until `end()`. */
const hold = (name, options = {}) => {
  const gate = deferred();
  const held = deferred();
  const done = outcome(
    locks.request(name, options, (lock) => {
      held.resolve(lock && { name: lock.name, mode: lock.mode });
      return gate.promise;
    }),
  );
  return { held: held.promise, end: gate.resolve, fail: gate.reject, done };
};

const programs = {
  async 'gives the lock and the value'() {
    return outcome(
      locks.request('a', (lock) => `${lock.name} ${lock.mode} ${Object.keys(lock).length >= 0}`),
    );
  },
  async 'waits in order, shared ones together'() {
    const order = [];
    const first = hold('a');
    await first.held;
    const take = (what, mode) =>
      locks.request('a', { mode }, async () => {
        order.push(`+${what}`);
        await turn();
        order.push(`-${what}`);
      });
    const all = [take('s1', 'shared'), take('s2', 'shared'), take('x', 'exclusive'), take('s3', 'shared')];
    const before = await seen();
    first.end();
    await Promise.all(all);
    return { before, order: order.join(' '), after: await seen() };
  },
  async 'a shared one waits behind an exclusive one that waits'() {
    const first = hold('a', { mode: 'shared' });
    await first.held;
    const second = hold('a');
    const third = hold('a', { mode: 'shared' });
    const before = await seen();
    first.end(1);
    await second.held;
    const between = await seen();
    second.end(2);
    third.end(3);
    return { before, between, done: await Promise.all([first.done, second.done, third.done]) };
  },
  async 'ifAvailable gives null, or the lock'() {
    const first = hold('a');
    await first.held;
    const refused = await locks.request('a', { ifAvailable: true }, (lock) => lock);
    first.end();
    await first.done;
    const given = await locks.request('a', { ifAvailable: true }, (lock) => lock.mode);
    const shared = hold('a', { mode: 'shared' });
    await shared.held;
    const together = await locks.request('a', { ifAvailable: true, mode: 'shared' }, (lock) => lock.mode);
    shared.end();
    return { refused, given, together };
  },
  async 'ifAvailable whose callback throws'() {
    const first = hold('a');
    await first.held;
    const failed = await outcome(
      locks.request('a', { ifAvailable: true }, () => {
        throw new RangeError('no');
      }),
    );
    first.end();
    return failed;
  },
  async 'steal breaks the holder, and goes before those that wait'() {
    const first = hold('a');
    await first.held;
    const waiting = hold('a');
    const thief = hold('a', { steal: true });
    await thief.held;
    const between = await seen();
    const robbed = await first.done;
    first.end('too late');
    thief.end('mine');
    const got = await waiting.held;
    waiting.end('last');
    return { between, robbed, thief: await thief.done, got, waiting: await waiting.done };
  },
  async 'steal breaks all who share'() {
    const [one, other] = [hold('a', { mode: 'shared' }), hold('a', { mode: 'shared' })];
    await Promise.all([one.held, other.held]);
    const thief = hold('a', { steal: true });
    await thief.held;
    thief.end();
    const done = await Promise.all([one.done, other.done, thief.done]);
    one.end();
    other.end();
    return done;
  },
  async 'steal of what is free'() {
    return outcome(locks.request('a', { steal: true }, (lock) => lock.mode));
  },
  async 'the thief is robbed'() {
    const [one, two] = [hold('a', { steal: true }), hold('a', { steal: true })];
    await two.held;
    const robbed = await one.done;
    one.end(1);
    two.end(2);
    return [robbed, await two.done];
  },
  async 'a callback whose promise is rejected releases'() {
    const rejected = await outcome(locks.request('a', async () => Promise.reject(new RangeError('no'))));
    return { rejected, after: await seen() };
  },
  async 'a signal ends waiting, with its reason'() {
    const first = hold('a');
    await first.held;
    const [plain, reason] = [new AbortController(), new AbortController()];
    let called = 0;
    const wait = ({ signal }) => outcome(locks.request('a', { signal }, () => (called += 1)));
    const [one, two, three] = [wait(plain), wait(reason), outcome(locks.request('a', () => 'later'))];
    await seen();
    plain.abort();
    reason.abort('enough');
    const ended = [await one, await two];
    first.end();
    return { ended, three: await three, called };
  },
  async 'a signal that is aborted already, and one that is aborted while the lock is held'() {
    const already = await outcome(locks.request('a', { signal: AbortSignal.abort('gone') }, () => 1));
    const controller = new AbortController();
    const holding = hold('a', { signal: controller.signal });
    await holding.held;
    controller.abort('too late');
    await turn();
    holding.end('kept');
    return { already, holding: await holding.done };
  },
  async names() {
    const names = [
      '-',
      '-a',
      'a-',
      'ü',
      '__proto__',
      'constructor',
      'a b',
      '\u0000',
      '"',
      '\\',
      '\ud83d\ude00',
    ];
    return Promise.all(names.map((name) => outcome(locks.request(name, (lock) => lock.name))));
  },
  async 'options that are refused'() {
    const { signal } = new AbortController();
    const options = [
      { steal: true, ifAvailable: true },
      { steal: true, mode: 'shared' },
      { steal: true, signal },
      { ifAvailable: true, signal },
      { mode: 'neither' },
      { signal: 1 },
    ];
    return Promise.all(options.map((each) => outcome(locks.request('a', each, () => 1))));
  },
  async 'options that are none'() {
    const options = [undefined, null, {}, { mode: undefined, steal: undefined, ifAvailable: undefined }];
    return Promise.all(options.map((each) => outcome(locks.request('a', each, (lock) => lock.mode))));
  },
  async 'callbacks that are none'() {
    const requests = [
      () => locks.request('a'),
      () => locks.request('a', {}),
      () => locks.request('a', {}, 1),
      () => locks.request('a', null),
    ];
    return Promise.all(requests.map((each) => outcome((async () => each())())));
  },
  async 'in a lock, another, and the same only if it is available'() {
    return locks.request('a', async () => [
      await locks.request('b', (lock) => lock.name),
      await locks.request('a', { ifAvailable: true }, (lock) => lock),
      await seen(),
    ]);
  },
  async 'what the callback gives is awaited, were it a thenable'() {
    return locks.request('a', () => ({ then: (resolve) => resolve(7) }));
  },
  async 'query names the client'() {
    return locks.request('a', async () => {
      const { held } = await locks.query();
      return [Object.keys(held[0]).sort(), typeof held[0].clientId];
    });
  },
};

/** As the specification has it, and Node 26 has not. */
const here = {
  async 'who has given up waits no more'() {
    const first = hold('a');
    await first.held;
    const controller = new AbortController();
    const waiting = outcome(locks.request('a', { signal: controller.signal }, () => 1));
    const before = await seen();
    controller.abort();
    await waiting;
    const after = await seen();
    first.end();
    return { before, after };
  },
  async 'the callback is called later'() {
    const order = [];
    const done = locks.request('a', () => order.push('called'));
    order.push('asked');
    await done;
    return order;
  },

  async 'a callback that throws releases'() {
    const thrown = await outcome(
      locks.request('a', () => {
        throw new RangeError('no');
      }),
    );
    return { thrown, after: await seen() };
  },
};

for (const [name, program] of Object.entries(
  process.argv[2] === 'node' ? programs : { ...programs, ...here },
))
  console.log(`${name}: ${JSON.stringify(await program())}`);
