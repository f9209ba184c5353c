import assert from 'node:assert/strict';
import { describe, it } from 'node:test';

import { planOf } from '../../src/supervisor/options.ts';
import { read, rowsBelow } from './pages.ts';

const PAGE = 'docs/supervise.md';
const TYPES = read('src/api/supervisor.ts');

describe(PAGE, () => {
  it('has each option', () => {
    const groups = ['ready', 'restart', 'reload', 'drain', 'health'];
    const single = fieldsOf('SuperviseOptions').filter((name) => !groups.includes(name));
    const grouped = groups.flatMap((group) => {
      const type = `${group[0]?.toUpperCase()}${group.slice(1)}Options`;
      return fieldsOf(type).map((name) => `${group}.${name}`);
    });
    const documented = optionRows().flatMap(([name = '']) => name.replaceAll('`', '').split(', '));
    assert(single.length > 5 && grouped.length > 10);
    assert.deepEqual(documented.toSorted(), [...single, ...grouped].toSorted());
  });

  it('has the defaults that hold', () => {
    const defaults = Object.fromEntries(
      optionRows().map(([name = '', value = '']) => [name.replaceAll('`', ''), value]),
    );
    const plan = planOf({}, { argv: ['node', 'server.js'], execArgv: ['--no-warnings'] });
    const { restart, maxSurge, soakMs } = plan.pool;
    const actual = {
      'ready.on': `\`'${plan.readyOn}'\``,
      'ready.timeoutMs': shown(plan.readyTimeoutMs),
      'restart.minDelayMs': shown(restart.minDelayMs),
      'restart.maxDelayMs': shown(restart.maxDelayMs),
      'restart.factor': shown(restart.factor),
      'restart.jitter': shown(restart.jitter),
      'restart.windowMs': shown(restart.windowMs),
      'restart.maxFailedStarts': shown(restart.maxFailedStarts),
      'reload.maxSurge': `\`'${maxSurge(100)}%'\``,
      'reload.soakMs': shown(soakMs),
      'drain.timeoutMs': shown(plan.drainTimeoutMs),
      'drain.idleGraceMs': shown(plan.idleGraceMs),
      'drain.killAfterMs': shown(plan.killAfterMs),
      'health.hangMs': shown(plan.hangMs),
      'health.maxMemoryMb': shown(plan.maxMemoryMb),
    };
    for (const [name, value] of Object.entries(actual)) assert.equal(defaults[name], value, name);
    assert.equal(plan.exec, 'server.js');
    assert.deepEqual([plan.args, plan.execArgv, plan.env], [[], ['--no-warnings'], {}]);
  });

  it('has each event, with its fields', () => {
    const events = [...blockOf('SupervisorHappening').matchAll(/readonly type: '([\w-]+)'([^}]*)/g)].map(
      ([, type, rest = '']) => [`\`'${type}'\``, fieldNames(rest).toSorted().join(' ')],
    );
    const documented = rowsBelow(PAGE, '## Events').map(([type, fields = '']) => [
      type,
      fields.replaceAll('`', '').split(', ').toSorted().join(' '),
    ]);
    assert(events.length > 15);
    assert.deepEqual(Object.fromEntries(documented), Object.fromEntries(events));
    assert.equal(documented.length, events.length);
  });

  it('has each reason of an end, with its fields', () => {
    const reasons = [...blockOf('SupervisedEnd').matchAll(/readonly kind: '([\w-]+)'([^}]*)/g)].map(
      ([, kind, rest = '']) => `\`{ ${[`kind: '${kind}'`, ...fieldNames(rest)].join(', ')} }\``,
    );
    assert(reasons.length > 5);
    assert.deepEqual(
      rowsBelow(PAGE, '### Why a worker ended').map(([reason]) => reason),
      reasons,
    );
  });

  it('has each state, cause, and field of the status', () => {
    const page = read(PAGE);
    const states = [...blockOf('SupervisedState').matchAll(/'(\w+)'/g)].map(([, state]) => `\`'${state}'\``);
    assert.deepEqual(
      rowsBelow(PAGE, '## Slots, generations and states').map(([state]) => state),
      states,
    );
    for (const [cause] of blockOf('DrainCause').matchAll(/'[\w-]+'/g)) assert(page.includes(`\`${cause}\``));
    assert.deepEqual(
      rowsBelow(PAGE, '### `status()`').map(([field]) => field?.replaceAll('`', '')),
      fieldsOf('SupervisorStatus'),
    );
    const worker = [...fieldsOf('WorkerName'), ...fieldsOf('WorkerStatus')].join(', ');
    assert(page.includes(`\`{ ${worker} }\``), worker);
  });
});

function optionRows(): string[][] {
  return rowsBelow(PAGE, '## Options');
}

function shown(value: number): string {
  return value >= 10_000 ? value.toLocaleString('en-US') : String(value);
}

/** The text of a type, without its comments. */
function blockOf(name: string): string {
  const declared = new RegExp(`^export (?:interface|type) ${name}\\b.*?(?=^export |^/\\*\\*)`, 'ms').exec(
    TYPES,
  );
  return (declared?.[0] ?? '').replaceAll(/\/\*\*.*?\*\//gs, '');
}

function fieldsOf(name: string): string[] {
  return fieldNames(blockOf(name));
}

function fieldNames(text: string): string[] {
  return [...text.matchAll(/readonly (\w+)\??:/g)].map(([, field]) => String(field));
}
