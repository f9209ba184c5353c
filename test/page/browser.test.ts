import assert from 'node:assert/strict';
import { once } from 'node:events';
import { after, before, describe, it } from 'node:test';

import type { Browser, SerializedAXNode } from 'puppeteer-core';

import type { StartFailure } from '../../src/index.ts';
import { supervisorStatus, WORKER as worker } from '../cli/fake-status.ts';
import { open, startBrowser, startServer } from './browser.ts';
import { AT_MS, fleetHost, fleetStatus, historyOf, sampleOf } from './fake-instance.ts';

const SCRIPT = "<script>document.title = 'run'</script><img src=x onerror=\"document.title = 'run'\">";
const FAILURE: StartFailure = {
  worker,
  reason: { kind: 'uncaught', error: `Error: ${SCRIPT}` },
  output: ['/srv/app/server.js:12', `Error: ${SCRIPT}`],
};

describe('the page, in a browser', () => {
  let browser: Browser;
  before(async () => void (browser = await startBrowser()));
  after(() => browser?.close());

  it('shows an instance that is well, also to those who do not see it', async (t) => {
    const server = await startServer(t);
    server.history = { samples: historyOf(120), events: [{ atMs: AT_MS, type: 'ready', slots: 4 }] };
    const visit = await open(t, browser, server);
    await visit.untilText('h1', '4 of 4 ready, generation 3, since 2 h');
    await visit.untilText('.events', 'ready, 4 workers');
    await visit.until("document.querySelectorAll('.drawing canvas').length === 4");
    assert.equal(await visit.page.title(), '4 of 4 ready, generation 3, since 2 h – Grappolo');
    assert.equal(await visit.countOf('form, dialog[open], button:not(dialog *)'), 0);

    const nodes = flat(await visit.page.accessibility.snapshot({ interestingOnly: false }));
    const namesOf = (role: string): string[] =>
      nodes.filter((node) => node.role === role).map(({ name = '' }) => name);
    assert.deepEqual(namesOf('heading').slice(0, 3), [
      '4 of 4 ready, generation 3, since 2 h',
      'Last reload',
      'Workers',
    ]);
    assert.deepEqual(namesOf('table'), ['The workers by slot']);
    assert.equal(namesOf('columnheader').length, 13);
    assert.deepEqual(namesOf('rowheader'), ['0', '1', '2', '3']);
    assert.equal(namesOf('row').length, 5);
    const charts = namesOf('image');
    assert.equal(charts.length, 4);
    assert.match(
      charts[0] ?? '',
      /^Requests, per second, over the last 15 minutes; the latest: slot 0: \d+; slot 1: /,
    );
    assert(namesOf('status').length > 0);
    assert.deepEqual(visit.faults, []);
  });

  it('follows a hung worker, a reload and its failure, in which a script stays text', async (t) => {
    const server = await startServer(t);
    server.play(sampleOf());
    const visit = await open(t, browser, server);
    await visit.untilText('h1', '4 of 4 ready');

    server.play(sampleOf({ slots: { 2: { ageMs: 12_400 } } }));
    await visit.untilText('h1', '3 of 4 ready: slot 2 has been silent for 12 s');
    await visit.untilText("tr[data-state='silent']", 'silent for 12 s');

    const reload = { generation: 4, done: 1, slots: 4 };
    server.play(sampleOf({ status: { phase: 'reloading', reload } }));
    await visit.untilText('h1', 'Reloading: 1 of 4');
    assert.equal(await visit.page.evaluate("document.querySelector('progress').value"), 1);

    const lastReload = {
      verdict: 'failed',
      generation: 4,
      atMs: AT_MS,
      tookMs: 1300,
      failure: FAILURE,
    } as const;
    server.play(sampleOf({ status: { lastReload } }));
    server.send('event', { atMs: AT_MS, type: 'reload-failed', generation: 4, failure: FAILURE });
    await visit.untilText('.reload', 'To generation 4: failed');
    await visit.untilText('.reload pre', SCRIPT);
    await visit.untilText('.events', `ended of an error that nobody caught: Error: ${SCRIPT}`);
    assert.equal(await visit.countOf('body script, img'), 0);
    assert.match(await visit.page.title(), /^4 of 4 ready/);
    assert.deepEqual(visit.faults, []);
  });

  it('says that the primary is gone, or the server, and comes back by itself', async (t) => {
    const server = await startServer(t);
    server.play(sampleOf());
    const visit = await open(t, browser, server, { failing: /\/(?:session|events)$/ });
    await visit.untilText('h1', '4 of 4 ready');

    server.lose('It does not answer.');
    await visit.untilText('h1', 'No connection to the primary since');
    await visit.untilText('.detail', 'It does not answer.');
    server.send('trouble', null);
    await visit.untilText('h1', '4 of 4 ready');

    await server.goDown();
    await visit.untilText('h1', 'No connection to the primary since');
    assert.equal(await visit.countOf('tbody tr'), 4);
    server.isUp = true;
    server.play(sampleOf({ workers: { 1: null } }));
    await visit.untilText('h1', '3 of 4 ready: slot 1 has no worker');

    // The stream is open, and nothing more comes on it.
    server.forgetStreams();
    await visit.untilText('h1', 'No connection to the primary since');
    await visit.untilText('h1', '3 of 4 ready: slot 1 has no worker');
    assert.deepEqual(visit.faults, []);
  });

  it('asks for the token again where the session is over', async (t) => {
    const server = await startServer(t);
    server.token = 'a long secret';
    server.isForReaders = true;
    server.play(sampleOf());
    const visit = await open(t, browser, server, { failing: /\/(?:session|events|reload)$/ });
    const logIn = async (): Promise<void> => {
      await visit.untilText(
        '.detail',
        'It is shown to a session only: log in, or open the page as it was opened before.',
      );
      await visit.page.click('.log-in summary');
      await visit.page.type('input[name=token]', 'a long secret');
      await visit.page.keyboard.press('Enter');
      await visit.untilText('h1', '4 of 4 ready');
      await visit.until("document.querySelectorAll('td button').length === 4");
    };
    await logIn();
    server.endSessions();
    await logIn();

    // What is shown is everybody's: that it is over turns out when something is to be done.
    server.isForReaders = false;
    server.endSessions();
    await visit.press('Reload');
    await visit.page.click('dialog button.main');
    await visit.untilText('.outcome', 'The session is over: log in again');
    await visit.untilText('.log-in summary', 'Log in');
    assert.deepEqual(server.deeds, []);
    assert.deepEqual(visit.faults, []);
  });

  it('keeps a stack open while events come', async (t) => {
    const server = await startServer(t);
    const hung = { atMs: AT_MS, type: 'worker-hung', worker, silentMs: 10_000, stack: 'at spin' };
    server.history = { samples: [sampleOf()], events: [hung] };
    const visit = await open(t, browser, server);
    await visit.untilText('.events', 'was silent');
    await visit.page.click('.events summary');
    await visit.until("document.querySelector('.events details').open");
    server.send('event', { ...hung, stack: 'at another' });
    await visit.until("document.querySelectorAll('.events details').length === 2");
    const opened =
      "[...document.querySelectorAll('.events details[open] pre')].map((each) => each.textContent)";
    assert.deepEqual(await visit.page.evaluate(opened), ['at spin']);
    assert.deepEqual(visit.faults, []);
  });

  it('does for those who are logged in what they have confirmed, and tells how it ends', async (t) => {
    const server = await startServer(t);
    server.token = 'a long secret';
    server.play(sampleOf());
    const visit = await open(t, browser, server);
    await visit.untilText('.log-in summary', 'Log in');
    assert.equal(await visit.countOf('td button'), 0);

    await visit.page.click('.log-in summary');
    await visit.page.type('input[name=token]', 'another');
    await visit.page.keyboard.press('Enter');
    await visit.untilText('.log-in [role=alert]', 'This is not the token');
    await visit.page.$eval('input[name=token]', (input) => input.select());
    await visit.page.type('input[name=token]', server.token);
    await visit.page.keyboard.press('Enter');
    await visit.until("document.querySelectorAll('td button').length === 4");

    // Escape, and no, are no.
    await visit.press('Reload');
    await visit.untilText('dialog[open] h2', 'Reload all workers?');
    assert.equal(await visit.textOf(':focus'), 'Cancel');
    await visit.page.keyboard.press('Escape');
    await visit.until("!document.querySelector('dialog').open");
    await visit.press('Reload');
    await visit.untilText('dialog[open] h2', 'Reload all workers?');
    await visit.press('Cancel');
    await visit.until("!document.querySelector('dialog').open");
    assert.deepEqual(server.deeds, []);

    const end = new AbortController();
    server.verdict = once(end.signal, 'abort').then(() => ({
      type: 'failed',
      code: 'ERR_GRAPPOLO_RELOAD_FAILED',
      message: 'Cannot reload: a worker has failed',
      failure: FAILURE,
    }));
    await visit.press('Reload');
    await visit.untilText('dialog[open] h2', 'Reload all workers?');
    await visit.page.click('dialog button.main');
    await visit.untilText('.outcome', 'Reloading; this tells how it ends');
    assert.equal(await visit.countOf('.controls button:disabled'), 2);
    end.abort();
    await visit.untilText('.outcome', 'Cannot reload: a worker has failed (ERR_GRAPPOLO_RELOAD_FAILED)');
    assert.match(await visit.textOf('.outcome pre'), /<script>/);

    server.verdict = { type: 'done', status: supervisorStatus() };
    await visit.page.$eval('input[name=workers]', (input) => input.select());
    await visit.page.type('input[name=workers]', '6');
    await visit.page.keyboard.press('Enter');
    await visit.untilText('dialog[open] h2', 'Scale to 6 workers?');
    await visit.page.click('dialog button.main');
    await visit.untilText('.outcome', 'Scaled to 6 workers');

    await visit.press('Replace the worker in slot 2');
    await visit.untilText('dialog[open] h2', 'Replace the worker in slot 2?');
    await visit.page.click('dialog button.main');
    await visit.untilText('.outcome', 'The worker in slot 2 is replaced');
    assert.deepEqual(server.deeds, [
      { command: 'reload' },
      { command: 'scale', workers: 6 },
      { command: 'replace', slot: 2 },
    ]);
    assert.deepEqual(visit.faults, []);
  });

  it('shows the fleet where there is one, with names that are scripts as text', async (t) => {
    const server = await startServer(t);
    server.play(sampleOf());
    const visit = await open(t, browser, server);
    await visit.untilText('h1', '4 of 4 ready');
    assert.equal(await visit.countOf('.fleet'), 0);

    server.play(sampleOf({ isInFleet: true }));
    await visit.untilText('.fleet .note', 'Asking the fleet');
    const hosts = [
      fleetHost('web-1'),
      fleetHost(SCRIPT, { state: 'unknown', version: SCRIPT, phase: SCRIPT }),
      fleetHost('web-3', { phase: SCRIPT }),
    ];
    server.tellFleet(fleetStatus(hosts));
    await visit.untilText('.fleet .note', '3 hosts in shop, 1 unknown');
    const cells = `[...document.querySelectorAll('.fleet tbody tr')].map((row) =>
      [...row.children].map(({ textContent }) => textContent.trim().replaceAll(/\\s+/g, ' ')))`;
    assert.deepEqual(await visit.page.evaluate(cells), [
      ['web-1 this host', 'running', '1.4.0', '3', '4 of 4', '31 %', '482', '2 h'],
      [SCRIPT, 'unknown', SCRIPT, '3', '–', '–', '–', '2 h'],
      ['web-3', SCRIPT, '1.4.0', '3', '4 of 4', '31 %', '482', '2 h'],
    ]);
    assert.equal(await visit.countOf('body script, img'), 0);

    const nodes = flat(await visit.page.accessibility.snapshot({ interestingOnly: false }));
    const table = flat(
      nodes.find(({ role, name }) => role === 'table' && name === 'The hosts of the fleet') ?? null,
    );
    const namesOf = (role: string): string[] =>
      table.filter((node) => node.role === role).map(({ name = '' }) => name);
    assert.deepEqual(namesOf('columnheader').slice(0, 3), ['Host', 'State', 'Version']);
    assert.deepEqual(namesOf('rowheader'), ['web-1 this host', SCRIPT, 'web-3']);

    // Nothing moves when the engine goes away.
    const place = "document.querySelector('.events').getBoundingClientRect().top";
    const placed = await visit.page.evaluate(place);
    const away = hosts.map((host) => ({ ...host, state: 'unknown' as const }));
    server.tellFleet(fleetStatus(away, { state: 'unknown' }));
    await visit.untilText('.fleet .note', 'Fleet unknown: the engine is away; this host serves on');
    assert.equal(await visit.countOf(".fleet tr[data-tone='none']"), 3);
    assert.equal(await visit.page.evaluate(place), placed);
    assert.match(await visit.page.title(), /^4 of 4 ready/);

    server.play(sampleOf());
    await visit.until("!document.querySelector('.fleet')");
    assert.deepEqual(visit.faults, []);
  });

  for (const width of [380, 1600]) {
    it(`does not scroll sideways at ${width} px with a fleet of long names`, async (t) => {
      const server = await startServer(t);
      server.play(sampleOf({ isInFleet: true }));
      server.tellFleet(
        fleetStatus(
          Array.from({ length: 200 }, (_, index) =>
            fleetHost(`${index}-${'long-'.repeat(40)}`, { version: '9'.repeat(64), phase: 'x'.repeat(64) }),
          ),
          { counts: { hosts: 10_000, unknown: 0, short: 0 }, name: 'n'.repeat(64) },
        ),
      );
      const visit = await open(t, browser, server, { width });
      await visit.until("document.querySelectorAll('.fleet tbody tr').length === 200");
      assert.equal(await visit.page.evaluate('document.documentElement.scrollWidth'), width);
      assert.deepEqual(visit.faults, []);
    });
  }

  for (const width of [380, 1600]) {
    for (const count of [4, 64]) {
      it(`does not scroll sideways at ${width} px with ${count} workers`, async (t) => {
        const server = await startServer(t);
        server.token = 'a long secret';
        const lastReload = {
          verdict: 'failed',
          generation: 4,
          atMs: AT_MS,
          tookMs: 1300,
          failure: { ...FAILURE, output: ['x'.repeat(400)] },
        } as const;
        server.history = {
          samples: historyOf(60, {
            count,
            status: { lastReload, exec: `/srv/${'long-name-'.repeat(12)}.js` },
          }),
          events: [
            {
              atMs: AT_MS,
              type: 'worker-ended',
              worker,
              reason: { kind: 'uncaught', error: 'y'.repeat(400) },
            },
          ],
        };
        const visit = await open(t, browser, server, { width, scheme: width < 1000 ? 'dark' : 'light' });
        await visit.until("document.querySelectorAll('.drawing canvas').length === 4");
        await visit.untilText('.log-in summary', 'Log in');
        await visit.page.click('.log-in summary');
        const widthOf = 'document.documentElement.scrollWidth';
        assert.equal(await visit.page.evaluate(widthOf), width);
        await visit.page.type('input[name=token]', server.token);
        await visit.page.keyboard.press('Enter');
        await visit.until("document.querySelector('td button')");
        assert.equal(await visit.page.evaluate(widthOf), width);
        assert.equal(await visit.countOf('tbody tr'), count);
        assert((await visit.countOf('.legend li')) <= 4 * 8);
        assert.deepEqual(visit.faults, []);
      });
    }
  }
});

function flat(node: SerializedAXNode | null): SerializedAXNode[] {
  return node ? [node, ...(node.children ?? []).flatMap(flat)] : [];
}
