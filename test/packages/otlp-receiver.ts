import http from 'node:http';
import type { AddressInfo } from 'node:net';
import { once } from 'node:events';
import { json } from 'node:stream/consumers';

import type { Scope } from '../support/program.ts';

type Signal = 'metrics' | 'traces';

interface Sent {
  readonly signal: Signal;
  /** Attributes of the resource. */
  readonly attributes: Readonly<Record<string, string | undefined>>;
}

interface Resource {
  readonly resource: {
    readonly attributes: readonly {
      readonly key: string;
      readonly value: { readonly stringValue?: string };
    }[];
  };
}

/** Takes what programs send by OTLP over HTTP, and remembers of whom it came. */
export class OtlpReceiver {
  readonly sent: Sent[] = [];
  readonly url: string;

  private constructor(server: http.Server) {
    this.url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    server.on('request', (request, response) => void this.#take(request, response));
  }

  static async open(t: Scope): Promise<OtlpReceiver> {
    const server = http.createServer().listen(0, '127.0.0.1');
    await once(server, 'listening');
    t.after(() => {
      server.close();
      server.closeAllConnections();
    });
    return new OtlpReceiver(server);
  }

  /** The ids of the instances that have sent it. */
  idsOf(signal: Signal): Set<string> {
    const sent = this.sent.filter((each) => each.signal === signal);
    return new Set(sent.map(({ attributes }) => attributes['service.instance.id'] ?? 'none'));
  }

  async #take(request: http.IncomingMessage, response: http.ServerResponse): Promise<void> {
    const { resourceMetrics, resourceSpans } = (await json(request)) as Record<
      string,
      Resource[] | undefined
    >;
    const signal = (request.url ?? '').replace('/v1/', '') as Signal;
    for (const { resource } of resourceMetrics ?? resourceSpans ?? []) {
      const pairs = resource.attributes.map(({ key, value }) => [key, value.stringValue] as const);
      this.sent.push({ signal, attributes: Object.fromEntries(pairs) });
    }
    response.setHeader('Content-Type', 'application/json').end('{}');
  }
}
