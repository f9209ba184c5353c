import assert from 'node:assert/strict';
import { describe, it } from 'node:test';

import { parseAllDocuments } from 'yaml';

import { parseArguments } from '../../src/cli/arguments.ts';
import type { Config } from '../../src/cli/config.ts';
import { Running } from '../production/running.ts';
import { limitMs } from '../support/limits.ts';
import { until } from '../support/load.ts';
import { read } from './pages.ts';

interface Container {
  readonly command: readonly string[];
  readonly ports: readonly { readonly name: string; readonly containerPort: number }[];
  readonly securityContext: Readonly<Record<string, unknown>>;
  readonly resources: Readonly<Record<'requests' | 'limits', Readonly<Record<string, string>>>>;
  readonly readinessProbe: Probe;
  readonly livenessProbe: Probe;
  readonly lifecycle: { readonly preStop: { readonly sleep: { readonly seconds: number } } };
  readonly volumeMounts: readonly { readonly name: string; readonly mountPath: string }[];
}

interface Probe {
  readonly httpGet: { readonly path: string; readonly port: string };
}

interface Deployment {
  readonly kind: string;
  readonly spec: {
    readonly selector: { readonly matchLabels: Readonly<Record<string, string>> };
    readonly template: {
      readonly metadata: { readonly labels: Readonly<Record<string, string>> };
      readonly spec: {
        readonly terminationGracePeriodSeconds: number;
        readonly securityContext: Readonly<Record<string, unknown>>;
        readonly containers: readonly [Container];
        readonly volumes: readonly { readonly name: string }[];
      };
    };
  };
}

interface Service {
  readonly kind: string;
  readonly spec: {
    readonly selector: Readonly<Record<string, string>>;
    readonly ports: readonly { readonly targetPort: string }[];
  };
}

/** What a stop takes at most besides `preStop` and the drain, with some to spare. */
const STOP_SECONDS = 10;

const config = JSON.parse(read('examples/production/grappolo.config.json')) as Config;
const stages = read('examples/production/Dockerfile')
  .split(/^(?=FROM )/m)
  .filter((stage) => stage.startsWith('FROM '));
const documents = parseAllDocuments(read('examples/production/kubernetes.yaml')).map((document) => {
  assert.deepEqual([...document.errors, ...document.warnings], []);
  return document.toJS() as unknown;
});
const [deployment, service] = documents as [Deployment, Service];
const { template } = deployment.spec;
const pod = template.spec;
const [container] = pod.containers;
const preStopSeconds = container.lifecycle.preStop.sleep.seconds;

describe('the image', () => {
  const last = stages.at(-1) ?? '';

  it('is built apart from what runs, where there is no npm', () => {
    assert.equal(stages.length, 2);
    assert.match(stages[0] ?? '', /^RUN npm ci --omit=dev$/m);
    assert.doesNotMatch(last, /^RUN /m);
    assert.match(last, /^COPY --from=build /m);
  });

  it('runs as a user by number, and no shell in between', () => {
    const users = [...last.matchAll(/^USER (\d+):(\d+)$/gm)].map(([, uid]) => Number(uid));
    assert.deepEqual(users, [pod.securityContext['runAsUser']]);
    assert.doesNotMatch(last, /^ENTRYPOINT/m);
    assert.equal(imageCommand()[0], 'node');
  });

  it('starts the file that is the command of the package', () => {
    const { name, bin } = JSON.parse(read('package.json')) as {
      readonly name: string;
      readonly bin: Readonly<Record<string, string>>;
    };
    assert.equal(imageCommand()[1], `node_modules/${name}/${bin[name]}`);
  });

  it('leaves out what is not to be in it', () => {
    const ignored = read('examples/production/.dockerignore').split('\n');
    for (const name of ['node_modules', '.git', '.env*']) assert(ignored.includes(name), name);
  });
});

describe('the manifest', () => {
  it('is of a deployment and its service', () => {
    assert.deepEqual([deployment.kind, service.kind, documents.length], ['Deployment', 'Service', 2]);
    const { labels } = template.metadata;
    assert.deepEqual(deployment.spec.selector.matchLabels, labels);
    assert.deepEqual(service.spec.selector, labels);
    assert.deepEqual(
      service.spec.ports.map(({ targetPort }) => targetPort),
      ['http'],
    );
  });

  it('runs the command of the image, with the operations address', () => {
    const command = imageCommand();
    assert.deepEqual(container.command.slice(0, command.length), command);
    const [flag, address, ...rest] = container.command.slice(command.length);
    assert.equal(flag, '--ops');
    assert.equal(address, `0.0.0.0:${portOf('ops')}`);
    assert.deepEqual(rest.slice(0, 2), ['--ops-allow-remote', '--ops-token-file']);
    assert(container.volumeMounts.some(({ mountPath }) => rest[2]?.startsWith(`${mountPath}/`)));
    assert.equal(parseArguments(startArguments()).kind, 'start');
  });

  it('has probes of workers and supervisor apart, on the operations address', () => {
    const { readinessProbe, livenessProbe } = container;
    assert.deepEqual(readinessProbe.httpGet, { path: '/readyz', port: 'ops' });
    assert.deepEqual(livenessProbe.httpGet, { path: '/livez', port: 'ops' });
    const exposed = /^EXPOSE (.*)$/m
      .exec(stages.at(-1) ?? '')?.[1]
      ?.split(' ')
      .map(Number);
    assert.deepEqual(
      exposed,
      container.ports.map(({ containerPort }) => containerPort),
    );
    assert.match(read('examples/production/server.js'), new RegExp(`PORT \\?\\? ${portOf('http')}\\b`));
  });

  it('leaves a stop as much time as it may take', () => {
    const { drainTimeout = 0 } = config;
    assert.equal(pod.terminationGracePeriodSeconds, preStopSeconds + drainTimeout / 1000 + STOP_SECONDS);
  });

  it('gives nothing that is not needed', () => {
    assert.equal(pod.securityContext['runAsNonRoot'], true);
    assert.deepEqual(container.securityContext, {
      allowPrivilegeEscalation: false,
      readOnlyRootFilesystem: true,
      capabilities: { drop: ['ALL'] },
    });
    assert(container.volumeMounts.some(({ mountPath }) => mountPath === '/tmp'));
    assert.deepEqual(
      container.volumeMounts.map(({ name }) => name),
      pod.volumes.map(({ name }) => name),
    );
    const { requests, limits } = container.resources;
    assert.equal(requests['cpu'], limits['cpu']);
    assert.match(String(limits['cpu']), /^\d+$/);
  });

  it('stops in time on SIGTERM, with all answered', { timeout: limitMs(90_000) }, async (t) => {
    const { file: _file, cwd: _cwd, name: _name, workers: _workers, ...options } = config;
    const flags = startArguments().slice(1);
    const configAt = flags.indexOf('--config');
    const running = await Running.start(t, {
      workers: 2,
      config: options,
      flags: flags.toSpliced(configAt, 2),
    });
    const load = running.load();
    // In a pod they come until `preStop` is over.
    await running.ask('/slow?ms=300');
    const { failures } = await load.stop();
    let connected = 0;
    const held = Array.from({ length: 8 }, () => running.ask('/held', () => (connected += 1)));
    await until('all are connected', () => connected === held.length);
    const startMs = performance.now();
    running.program.child.kill('SIGTERM');
    await running.waitFor(({ type }) => type === 'stopping');
    running.release();
    assert.deepEqual(
      await Promise.all(held),
      held.map(() => 'held\n'),
    );
    const { code, stderr } = await running.program.ended;
    assert.equal(code, 0, stderr);
    assert(
      performance.now() - startMs < limitMs((pod.terminationGracePeriodSeconds - preStopSeconds) * 1000),
    );
    assert.deepEqual(failures, []);
    const ends = running.events().flatMap((event) => (event.type === 'worker-ended' ? [event.reason] : []));
    assert.deepEqual(
      ends,
      [0, 1].map(() => ({ kind: 'drain', cause: 'stop', isForced: false })),
    );
  });
});

function imageCommand(): string[] {
  return JSON.parse(/^CMD (\[.*\])$/m.exec(stages.at(-1) ?? '')?.[1] ?? '[]') as string[];
}

/** What the command of the container says to Grappolo, without an operations address: its token is not here. */
function startArguments(): string[] {
  const [, , ...args] = container.command;
  return args.slice(0, args.indexOf('--ops'));
}

function portOf(name: string): number | undefined {
  return container.ports.find((port) => port.name === name)?.containerPort;
}
